#include "base/append.hpp"

#include <doctest/doctest.h>

namespace appserve {

TEST_CASE("pieces are appended in order behind what is there; empty ones change nothing") {
  std::string out = "a";
  append_all(out, "b", std::string_view(), std::string("cd"), "");
  CHECK(out == "abcd");
  append_all(out, std::string_view());
  CHECK(out == "abcd");
}

TEST_CASE("a literal may be left out") {
  std::string out;
  append_all(out, only(true, "a"), only(false, "b"), only(true, "cd"));
  CHECK(out == "acd");
}

TEST_CASE("a piece longer than the string's own room") {
  std::string out;
  const std::string large(100'000, 'x');
  append_all(out, "<", large, ">");
  CHECK(out == "<" + large + ">");
}

}  // namespace appserve
