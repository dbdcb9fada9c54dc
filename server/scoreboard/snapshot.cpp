#include "scoreboard/snapshot.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

namespace appserve::scoreboard {
namespace {

void add(RouteTotals& out, const Row& row) {
  for (std::size_t i = 0; i < out.by_class.size(); ++i) out.by_class[i] += row.by_class[i].get();
  out.left += row.left.get();
  out.cut += row.cut.get();
  out.refused += row.refused.get();
  out.bytes_in += row.bytes_in.get();
  out.bytes_out += row.bytes_out.get();
  out.in_flight += row.in_flight.get();
  out.latency.sum_us += row.time_us.get();
  for (std::size_t i = 0; i < kBuckets; ++i) out.latency.counts[i] += row.buckets[i].get();
}

std::vector<RouteTotals> sum_routes(Board& board) {
  std::vector<RouteTotals> routes;
  for (std::size_t row = 0; row < board.rows(); ++row) {
    const Label& label = board.header().labels[row];
    if (label.state.load(std::memory_order_acquire) != LabelState::ready) continue;
    const std::string app = label.app.get(), route = label.route.get();
    auto totals = std::ranges::find_if(routes, [&](const RouteTotals& r) { return r.app == app && r.route == route; });
    if (totals == routes.end()) {
      routes.push_back({.app = app, .route = route});
      totals = routes.end() - 1;
    }
    for (std::size_t i = 0; i < board.lanes(); ++i) add(*totals, board.lane(i).rows[row]);
  }
  return routes;
}

void add_worker(Snapshot& out, const Worker& worker, std::size_t slot) {
  out.restarts += worker.restarts.load(std::memory_order_relaxed);
  out.log_dropped += worker.log_dropped.load(std::memory_order_relaxed);
  const WorkerState state = worker.state.load(std::memory_order_acquire);
  if (state == WorkerState::empty) return;
  out.workers.push_back({.slot = slot,
                         .state = state,
                         .pid = worker.pid.get(),
                         .generation = worker.generation.get(),
                         .since_ns = worker.since_ns.get(),
                         .restarts = worker.restarts.load(std::memory_order_relaxed)});
}

void add_lane(Snapshot& out, const Lane& lane) {
  out.accepted += lane.accepted.get();
  out.access_dropped += lane.access_dropped.get();
  out.unshown += lane.unshown.get();
  out.connections += lane.connections.get();
  const std::uint32_t owner = lane.owner.load(std::memory_order_acquire);
  if (owner == 0) return;
  out.loops.push_back({.worker = owner - 1,
                       .loop = lane.loop.get(),
                       .connections = lane.connections.get(),
                       .beat_ns = lane.beat_ns.get(),
                       .lag_us = lane.lag_us.get(),
                       .lag_worst_us = lane.lag_worst_us.get()});
}

std::optional<InFlight> read_flight(const Flight& flight, const Header& header) {
  InFlight out;
  std::uint32_t row = kOther;
  const bool whole = flight.guard.read([&] {
    out.since_ns = flight.since_ns.load(std::memory_order_acquire);
    if (out.since_ns == 0) return;
    row = flight.row.load(std::memory_order_acquire);
    out.method = flight.method.get();
    out.id = flight.id.get();
    out.peer = flight.peer.get();
    out.target = flight.target.get();
  });
  if (!whole || out.since_ns == 0) return std::nullopt;
  if (row < kRoutes) {
    out.app = header.labels[row].app.get();
    out.route = header.labels[row].route.get();
  }
  return out;
}

}  // namespace

std::uint64_t RouteTotals::requests() const {
  return std::accumulate(by_class.begin(), by_class.end(), std::uint64_t{0});
}

RouteTotals& RouteTotals::operator+=(const RouteTotals& other) {
  std::ranges::transform(by_class, other.by_class, by_class.begin(), std::plus{});
  left += other.left;
  cut += other.cut;
  refused += other.refused;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  in_flight += other.in_flight;
  latency += other.latency;
  return *this;
}

RouteTotals Snapshot::totals() const {
  return std::accumulate(routes.begin(), routes.end(), RouteTotals{}, [](RouteTotals sum, const RouteTotals& route) {
    sum += route;
    return sum;
  });
}

Snapshot read(Board& board) {
  Snapshot out;
  out.routes = sum_routes(board);
  for (std::size_t slot = 0; slot < kWorkers; ++slot) add_worker(out, board.worker(slot), slot);
  for (std::size_t i = 0; i < board.lanes(); ++i) add_lane(out, board.lane(i));
  std::ranges::sort(out.loops, {}, [](const LoopState& loop) { return std::pair(loop.worker, loop.loop); });
  return out;
}

std::vector<InFlight> in_flight(Board& board, std::size_t slot) {
  std::vector<InFlight> out;
  for (std::size_t i = 0; i < board.lanes(); ++i) {
    const Lane& lane = board.lane(i);
    const std::uint32_t owner = lane.owner.load(std::memory_order_acquire);
    if (owner == 0 || (slot < kWorkers && owner != slot + 1)) continue;
    for (const Flight& flight : lane.flights) {
      auto found = read_flight(flight, board.header());
      if (!found) continue;
      found->worker = owner - 1;
      found->loop = lane.loop.get();
      out.push_back(*std::move(found));
    }
  }
  std::ranges::sort(out, {}, &InFlight::since_ns);
  return out;
}

std::vector<EventLine> recent_events(const Board& board) {
  std::vector<EventLine> out;
  const Header& header = board.header();
  const std::uint64_t next = header.next_event.load(std::memory_order_acquire);
  for (std::uint64_t number = next; number-- > 0 && next - number <= kEvents;) {
    const Event& event = header.events[number % kEvents];
    if (event.ticket.load(std::memory_order_acquire) != 2 * number + 2) continue;
    EventLine line{.unix_ms = event.unix_ms.load(std::memory_order_acquire),
                   .level = event.level.load(std::memory_order_acquire),
                   .text = event.text.get()};
    if (event.ticket.load(std::memory_order_relaxed) == 2 * number + 2) out.push_back(std::move(line));
  }
  return out;
}

}  // namespace appserve::scoreboard
