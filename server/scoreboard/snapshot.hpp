// What a scoreboard says at one moment, summed over all loops of all workers, as plain values. Readers never wait for
// writers. Texts are as clients and apps wrote them: escape them where they are shown.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "scoreboard/board.hpp"

namespace appserve::scoreboard {

struct RouteTotals {
  std::string app, route;
  std::array<std::uint64_t, 6> by_class{};
  std::uint64_t left = 0, cut = 0, refused = 0, bytes_in = 0, bytes_out = 0;
  std::int64_t in_flight = 0;
  Histogram latency;

  std::uint64_t requests() const;
  RouteTotals& operator+=(const RouteTotals& other);
};

struct LoopState {
  std::size_t worker = 0;  // slot
  unsigned loop = 0;
  std::int64_t connections = 0;
  std::int64_t beat_ns = 0;  // CLOCK_MONOTONIC; 0: none yet
  std::uint64_t lag_us = 0, lag_worst_us = 0;
};

struct WorkerTotals {
  std::size_t slot = 0;
  WorkerState state = WorkerState::empty;
  pid_t pid = 0;
  std::uint32_t generation = 0;
  std::int64_t since_ns = 0;
  std::uint64_t restarts = 0;
};

struct InFlight {
  std::size_t worker = 0;  // slot
  unsigned loop = 0;
  std::int64_t since_ns = 0;
  std::string method, target, id, peer, app, route;
};

struct EventLine {
  std::int64_t unix_ms = 0;
  std::uint32_t level = 0;
  std::string text;
};

struct Snapshot {
  std::vector<RouteTotals> routes;    // the first one is "other": no route, or no row left
  std::vector<WorkerTotals> workers;  // that live
  std::vector<LoopState> loops;       // of living workers
  std::uint64_t restarts = 0, accepted = 0, log_dropped = 0, access_dropped = 0, unshown = 0;
  std::int64_t connections = 0;

  RouteTotals totals() const;
};

Snapshot read(Board& board);
/// Oldest first. `slot`: of this worker alone; kWorkers: of all.
std::vector<InFlight> in_flight(Board& board, std::size_t slot = kWorkers);
/// Newest first.
std::vector<EventLine> recent_events(const Board& board);

}  // namespace appserve::scoreboard
