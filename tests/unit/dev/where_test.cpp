#include "dev/where.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace appserve::dev;

TEST_CASE("without an exception the stack is of the place that tells") {
  const auto [of, stack] = where_it_failed();
  CHECK(of == "The server was told at");
  CHECK_FALSE(stack.empty());
}

TEST_CASE("an exception nobody saw being thrown is said to be one") {
  try {
    throw std::runtime_error("x");
  } catch (const std::exception&) {
    const auto [of, stack] = where_it_failed();
    CHECK(of.starts_with("Where it was thrown is not known"));
  }
}
