#include "dev/command.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

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

TEST_CASE("what is ended takes with it what it started") {
  const Running running = start({"sh", "-c", "sleep 1000 & echo started; wait"});
  REQUIRE(running.pid > 0);
  char first = 0;
  REQUIRE(::read(running.output.get(), &first, 1) == 1);
  end(running);
  std::string rest;
  for (char c = 0; ::read(running.output.get(), &c, 1) == 1;) rest += c;  // ends: nobody holds the pipe any more
  CHECK(rest == "tarted\n");
}
