#include "loop/timer_wheel.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

using namespace appserve;
using namespace std::chrono_literals;
using loop::Deadline;
using loop::TimerWheel;

namespace {

struct Alarm : Deadline {
  int rang = 0;
  TimerWheel* again = nullptr;
  Time again_at{};
  void on_deadline() override {
    ++rang;
    if (again != nullptr) std::exchange(again, nullptr)->arm(*this, again_at);
  }
};

const Time kStart = Time{} + 1000h;

}  // namespace

TEST_CASE("a deadline rings once, not early and at most one tick late") {
  TimerWheel wheel;
  wheel.advance(kStart);
  Alarm alarm;
  wheel.arm(alarm, kStart + 250ms);
  wheel.advance(kStart + 249ms);
  CHECK(alarm.rang == 0);
  wheel.advance(kStart + 250ms + TimerWheel::kTick);
  CHECK(alarm.rang == 1);
  CHECK_FALSE(alarm.armed());
  CHECK(wheel.empty());
  wheel.advance(kStart + 10h);
  CHECK(alarm.rang == 1);
}

TEST_CASE("a deadline moved later rings at the later time only") {
  TimerWheel wheel;
  wheel.advance(kStart);
  Alarm alarm;
  wheel.arm(alarm, kStart + 1s);
  wheel.arm(alarm, kStart + 3s);
  wheel.advance(kStart + 2900ms);
  CHECK(alarm.rang == 0);
  wheel.advance(kStart + 3100ms);
  CHECK(alarm.rang == 1);
}

TEST_CASE("a deadline moved earlier rings at the earlier time") {
  TimerWheel wheel;
  wheel.advance(kStart);
  Alarm alarm;
  wheel.arm(alarm, kStart + 60s);
  wheel.arm(alarm, kStart + 1s);
  wheel.advance(kStart + 1100ms);
  CHECK(alarm.rang == 1);
}

TEST_CASE("a deadline farther away than the wheel is long rings at its time") {
  TimerWheel wheel;
  wheel.advance(kStart);
  Alarm alarm;
  wheel.arm(alarm, kStart + 1000s);
  for (auto t = kStart; t < kStart + 1000s; t += 7s) wheel.advance(t);
  CHECK(alarm.rang == 0);
  wheel.advance(kStart + 1000s + TimerWheel::kTick);
  CHECK(alarm.rang == 1);
}

TEST_CASE("a wheel that slept for hours delivers everything due") {
  TimerWheel wheel;
  wheel.advance(kStart);
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (int i = 0; i < 5000; ++i) {
    alarms.push_back(std::make_unique<Alarm>());
    wheel.arm(*alarms.back(), kStart + i * 37ms);
  }
  wheel.advance(kStart + 5h);
  for (const auto& alarm : alarms) CHECK(alarm->rang == 1);
  CHECK(wheel.empty());
}

TEST_CASE("a disarmed or destroyed deadline stays silent") {
  TimerWheel wheel;
  wheel.advance(kStart);
  Alarm alarm;
  wheel.arm(alarm, kStart + 1s);
  alarm.disarm();
  {
    Alarm gone;
    wheel.arm(gone, kStart + 1s);
  }
  CHECK(wheel.empty());
  wheel.advance(kStart + 2s);
  CHECK(alarm.rang == 0);
}

TEST_CASE("a deadline may be armed again from its own callback, and may destroy another that is due in the same turn") {
  TimerWheel wheel;
  wheel.advance(kStart);
  struct Killer : Deadline {
    std::unique_ptr<Alarm> victim = std::make_unique<Alarm>();
    void on_deadline() override { victim.reset(); }
  } killer;
  Alarm alarm;
  alarm.again = &wheel;
  alarm.again_at = kStart + 5s;
  wheel.arm(*killer.victim, kStart + 1s);
  wheel.arm(alarm, kStart + 1s);
  wheel.arm(killer, kStart + 1s);
  wheel.advance(kStart + 2s);
  CHECK(alarm.rang == 1);
  CHECK(alarm.armed());
  wheel.advance(kStart + 6s);
  CHECK(alarm.rang == 2);
}

TEST_CASE("many deadlines come in parts, each of them once; what is disarmed between two parts stays silent") {
  TimerWheel wheel;
  wheel.advance(kStart);
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (int i = 0; i < 10; ++i) {
    alarms.push_back(std::make_unique<Alarm>());
    wheel.arm(*alarms.back(), kStart + 1s);
  }
  const auto rang = [&] {
    int count = 0;
    for (const auto& alarm : alarms) count += alarm->rang;
    return count;
  };
  CHECK(wheel.advance(kStart + 2s, 4));
  CHECK(rang() == 4);
  CHECK_FALSE(wheel.empty());
  std::erase_if(alarms,
                [once = true](const auto& alarm) mutable { return alarm->rang == 0 && std::exchange(once, false); });
  CHECK_FALSE(wheel.advance(kStart + 2s, 6));
  CHECK(rang() == 9);
  CHECK(wheel.empty());
}
