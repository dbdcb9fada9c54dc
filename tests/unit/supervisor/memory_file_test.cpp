#include "supervisor/memory_file.hpp"

#include <doctest/doctest.h>

using namespace appserve;
using namespace appserve::supervisor;

TEST_CASE("a memory file holds what was put in, and what others add") {
  const std::string bytes(10'000, 'x');
  const UniqueFd file = memory_file("test", bytes);
  REQUIRE(file);
  CHECK(read_all(file.get()) == bytes);
  REQUIRE(::write(file.get(), "more", 4) == 4);
  CHECK(read_all(file.get()) == bytes + "more");
  CHECK(read_all(memory_file("empty").get()).empty());
}
