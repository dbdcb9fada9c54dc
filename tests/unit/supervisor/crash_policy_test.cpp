#include "supervisor/crash_policy.hpp"

#include <doctest/doctest.h>

using namespace appserve;
using namespace appserve::supervisor;
using namespace std::chrono_literals;

TEST_CASE("a worker that had served is replaced at once, however often") {
  BackOff slot;
  for (int i = 0; i < 1000; ++i) CHECK(slot.ended(Duration(1s)) == 0s);
}

TEST_CASE("lives of a moment are forgiven three times, then the slot waits longer and longer") {
  BackOff slot;
  for (int i = 0; i < 3; ++i) CHECK(slot.ended(Duration(10ms)) == 0s);
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) CHECK(slot.ended(Duration(10ms)) == wait);
  CHECK(slot.ended(Duration(2s)) == 0s);
  CHECK(slot.ended(Duration(10ms)) == 0s);
}

TEST_CASE("one that never becomes ready is not tried again at once") {
  BackOff slot;
  for (const auto wait : {1s, 2s, 4s}) CHECK(slot.ended(std::nullopt) == wait);
}

namespace {
const Time kStart{100s};
}

TEST_CASE("the third end within ten seconds closes an app; it is tried again later and later") {
  Quarantine apps(2);
  CHECK_FALSE(apps.blame(1, 5s, kStart));
  CHECK_FALSE(apps.blame(1, 5s, kStart + 4s));
  CHECK(apps.blame(1, 5s, kStart + 8s));
  CHECK(apps.closed(1));
  CHECK_FALSE(apps.closed(0));
  CHECK(apps.closed(kStart + 8s) == std::vector<Start::Closed>{{1, 1}});
  CHECK(apps.next_try() == kStart + 9s);
  CHECK_FALSE(apps.open_due(kStart + 8500ms));
  CHECK(apps.open_due(kStart + 9s));
  CHECK_FALSE(apps.closed(1));
  CHECK_FALSE(apps.next_try());

  CHECK(apps.blame(1, 5s, kStart + 10s));
  CHECK(apps.remaining(1, kStart + 10s) == 2s);
  CHECK(apps.closed(kStart + 10s) == std::vector<Start::Closed>{{1, 2}});
}

TEST_CASE("ends far apart close nothing") {
  Quarantine apps(2);
  for (int i = 0; i < 20; ++i) CHECK_FALSE(apps.blame(0, 5s, kStart + i * 6s));
}

TEST_CASE("an app that is alone is closed only when its workers live for moments: nobody else would gain") {
  Quarantine alone(1);
  for (int i = 0; i < 20; ++i) CHECK_FALSE(alone.blame(0, 1s, kStart + i * 1s));
  CHECK_FALSE(alone.blame(0, 10ms, kStart + 21s));
  CHECK_FALSE(alone.blame(0, 10ms, kStart + 21s));
  CHECK(alone.blame(0, 10ms, kStart + 21s));
}
