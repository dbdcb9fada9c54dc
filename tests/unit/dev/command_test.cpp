#include "dev/command.hpp"

#include <doctest/doctest.h>

using namespace appserve::dev;

TEST_CASE("what a program says on both its outputs is taken, and how it ended") {
  const Outcome good = run({"sh", "-c", "echo out; echo err >&2"});
  CHECK(good.ok);
  CHECK(good.output == "out\nerr\n");
  CHECK_FALSE(run({"sh", "-c", "exit 3"}).ok);
}

TEST_CASE("a program that does not exist does not start") {
  CHECK(start({"appserve-no-such-program"}).pid == 0);
  CHECK_FALSE(run({"appserve-no-such-program"}).ok);
}
