#include "loop/observer.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "loop/event_loop.hpp"

using namespace appserve;
using namespace std::chrono_literals;

TEST_CASE("a turn of a loop wakes its observer") {
  loop::Observer observer;
  loop::EventLoop loop(0);
  loop.set_observer(&observer);
  std::thread home([&] { loop.run(); });
  std::thread turns([&] {
    while (!observer.asleep()) std::this_thread::yield();
    loop.post([](void* l) { static_cast<loop::EventLoop*>(l)->stop(); }, &loop);
  });
  observer.sleep(10min);
  CHECK_FALSE(observer.asleep());
  turns.join();
  home.join();
}

TEST_CASE("a nap ends when it is over, or when somebody calls") {
  loop::Observer observer;
  observer.nap(1ms);
  observer.wake();
  observer.nap(10min);
  CHECK_FALSE(observer.asleep());
}

TEST_CASE("the beat is odd inside a turn, and each turn has its own") {
  loop::EventLoop loop(0);
  const auto before = loop.beat();
  {
    const loop::EventLoop::Turn turn(loop);
    CHECK(loop.beat() % 2 == 1);
  }
  CHECK(loop.beat() == before + 2);
}
