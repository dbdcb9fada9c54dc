#include "app/side_effects.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

using namespace appserve;
using namespace appserve::app;

TEST_CASE("what did not change is not told") { CHECK(SideEffects().since_then("libx.so").empty()); }

TEST_CASE("a changed umask and a closed descriptor are told, by name") {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const SideEffects before;
  const mode_t mask = ::umask(0123);
  ::close(fd);
  const auto found = before.since_then("libx.so");
  ::umask(mask);
  REQUIRE(found.size() == 2);
  CHECK(found[0].what == "libx.so changed the umask");
  CHECK(found[1].what == "libx.so closed the server's descriptor " + std::to_string(fd));
  CHECK(found[0].fault == &fault('W', 2008));
}

TEST_CASE("a handler for a signal of the server's is an error") {
  const SideEffects before;
  const auto handler = std::signal(SIGHUP, SIG_IGN);
  const auto found = before.since_then("libx.so");
  std::signal(SIGHUP, handler);
  REQUIRE(found.size() == 1);
  CHECK(found[0].fault == &fault('E', 2008));
  CHECK(found[0].what == "libx.so changed what happens at SIGHUP");
}
