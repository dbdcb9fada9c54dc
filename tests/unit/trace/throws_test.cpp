#include "trace/throws.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace appserve::trace;

TEST_CASE("nothing is kept until it is asked for; then each throw is found by its exception, from any thread") {
  int early = 0, first = 0, second = 0, never = 0;
  thrown(&early);
  keep_throws();
  thrown(&first);
  std::thread([&] { thrown(&second); }).join();
  CHECK_FALSE(where_thrown(&early));
  CHECK_FALSE(where_thrown(&never));
  CHECK(where_thrown(&first));
  REQUIRE(where_thrown(&second));
  CHECK_FALSE(where_thrown(&second)->frames().empty());
}

TEST_CASE("an address that is used again is the last throw there, and old throws are forgotten") {
  keep_throws();
  int object = 0, others[64] = {};
  thrown(&object);
  CHECK(where_thrown(&object));
  for (const int& other : others) thrown(&other);
  CHECK_FALSE(where_thrown(&object));
}
