#include "supervisor/signals.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

using namespace appserve::supervisor;

TEST_CASE("signals wait until somebody asks") {
  const Signals signals{SIGUSR1, SIGUSR2};
  CHECK_FALSE(signals.next());
  ::raise(SIGUSR2);
  ::raise(SIGUSR1);
  CHECK(signals.next() == SIGUSR1);  // the lower number first
  CHECK(signals.next() == SIGUSR2);
  CHECK_FALSE(signals.next());
}
