#include "base/background.hpp"

#include <doctest/doctest.h>
#include <sched.h>

#include <latch>
#include <thread>

using namespace appserve;

TEST_CASE("what is made in the background stays there until the process comes to the foreground") {
  REQUIRE(::sched_getscheduler(0) == SCHED_OTHER);
  std::latch made(1), forward(1);
  int before = -1, after = -1;
  std::thread thread;
  {
    const Background background;
    CHECK(::sched_getscheduler(0) == SCHED_BATCH);
    thread = std::thread([&] {
      before = ::sched_getscheduler(0);
      made.count_down();
      forward.wait();
      after = ::sched_getscheduler(0);
    });
    made.wait();
  }
  CHECK(::sched_getscheduler(0) == SCHED_OTHER);
  to_foreground();
  forward.count_down();
  thread.join();
  CHECK(before == SCHED_BATCH);
  CHECK(after == SCHED_OTHER);
}

TEST_CASE("a thread whose scheduling somebody has chosen keeps it") {
  std::thread([] {
    const sched_param none{};
    REQUIRE(::sched_setscheduler(0, SCHED_IDLE, &none) == 0);
    {
      const Background background;
    }
    to_foreground();
    CHECK(::sched_getscheduler(0) == SCHED_IDLE);
  }).join();
}
