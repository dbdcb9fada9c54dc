#include "admin/health.hpp"

#include <doctest/doctest.h>

using namespace appserve;
using namespace appserve::scoreboard;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Snapshot with(std::vector<WorkerState> states) {
  Snapshot seen;
  for (const WorkerState state : states) seen.workers.push_back({.state = state});
  return seen;
}

}  // namespace

TEST_CASE("it lives while every loop gives signs of life") {
  Snapshot seen;
  seen.loops = {{.worker = 0, .loop = 0, .beat_ns = 100 * kSecond}, {.worker = 0, .loop = 1, .beat_ns = 90 * kSecond}};
  CHECK(admin::not_alive(seen, 94 * kSecond).empty());
  const auto problems = admin::not_alive(seen, 100 * kSecond);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] == "loop 1 of worker 0 has given no sign of life for 10 s");
}

TEST_CASE("it is ready while one worker serves") {
  using enum WorkerState;
  CHECK(admin::not_ready(with({serving})).empty());
  CHECK(admin::not_ready(with({draining, serving})).empty());
  CHECK(admin::not_ready(with({draining})) == admin::Problems{"draining"});
  CHECK(admin::not_ready(with({starting})) == admin::Problems{"no worker serves yet"});
  CHECK_FALSE(admin::not_ready(with({})).empty());
}
