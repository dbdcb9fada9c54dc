#include "admin/health.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace appserve::admin {
namespace {

constexpr std::int64_t kSilence = 5'000'000'000;

}  // namespace

Problems not_alive(const scoreboard::Snapshot& seen, std::int64_t now_ns) {
  Problems problems;
  for (const scoreboard::LoopState& loop : seen.loops)
    if (loop.beat_ns > 0 && now_ns - loop.beat_ns > kSilence)
      problems.push_back(fmt::format("loop {} of worker {} has given no sign of life for {} s", loop.loop, loop.worker,
                                     (now_ns - loop.beat_ns) / 1'000'000'000));
  return problems;
}

Problems not_ready(const scoreboard::Snapshot& seen) {
  using scoreboard::WorkerState;
  const auto is = [](WorkerState state) { return [state](const auto& worker) { return worker.state == state; }; };
  if (std::ranges::any_of(seen.workers, is(WorkerState::serving))) return {};
  return {std::ranges::any_of(seen.workers, is(WorkerState::draining)) ? "draining" : "no worker serves yet"};
}

}  // namespace appserve::admin
