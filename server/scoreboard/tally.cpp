#include "scoreboard/tally.hpp"

#include <algorithm>
#include <chrono>

namespace appserve::scoreboard {
namespace {

constexpr std::size_t kNear = 3;  // from the front: not worth moving up

std::int64_t nanoseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

std::uint64_t microseconds(Duration duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, nanoseconds(duration) / 1000));
}

}  // namespace

Tally::Tally(Board& board, std::size_t slot, unsigned loop) : board_(board), lane_(board.claim_lane(slot, loop)) {
  if (lane_ == nullptr) {
    own_ = std::make_unique<Lane>();
    lane_ = own_.get();
  }
  for (std::size_t i = kRequests; i-- > 0;) free_flights_.push_back(static_cast<std::uint16_t>(i));
}

Ticket Tally::begin(std::string_view method, std::string_view target, std::string_view id, std::string_view peer,
                    Time since) {
  Ticket ticket;
  lane_->rows[kOther].in_flight.add(1);
  if (free_flights_.empty()) {
    lane_->unshown.add(1);
    return ticket;
  }
  ticket.flight = free_flights_.back();
  free_flights_.pop_back();
  Flight& flight = lane_->flights[ticket.flight];
  flight.guard.begin_write();
  flight.row.store(kOther, std::memory_order_release);
  flight.method.put(method);
  flight.id.put(id);
  flight.peer.put(peer);
  flight.target.put(target);
  flight.since_ns.store(nanoseconds(since.time_since_epoch()), std::memory_order_release);
  flight.guard.end_write();
  return ticket;
}

void Tally::name(Ticket& ticket, std::string_view app, std::string_view route) {
  const std::uint32_t row = row_of(app, route);
  if (row == ticket.row) return;
  lane_->rows[ticket.row].in_flight.add(-1);
  lane_->rows[row].in_flight.add(1);
  ticket.row = row;
  if (ticket.flight != Ticket::kUnshown) lane_->flights[ticket.flight].row.store(row, std::memory_order_relaxed);
}

void Tally::end(const Ticket& ticket, Ending how, int status, std::uint64_t bytes_in, std::uint64_t bytes_out,
                Duration took) {
  Row& row = lane_->rows[ticket.row];
  row.in_flight.add(-1);
  row.by_class[status >= 100 && status < 600 ? static_cast<std::size_t>(status / 100) : 0].add(1);
  if (how == Ending::left) row.left.add(1);
  if (how == Ending::cut) row.cut.add(1);
  if (how == Ending::refused) row.refused.add(1);
  row.bytes_in.add(bytes_in);
  row.bytes_out.add(bytes_out);
  const std::uint64_t us = microseconds(took);
  row.time_us.add(us);
  row.buckets[bucket_of(us)].add(1);
  if (ticket.flight == Ticket::kUnshown) return;
  lane_->flights[ticket.flight].since_ns.store(0, std::memory_order_release);
  free_flights_.push_back(ticket.flight);
}

void Tally::connected() {
  lane_->connections.add(1);
  lane_->accepted.add(1);
}

void Tally::beat(Time now, Duration lag) {
  lane_->beat_ns.set(nanoseconds(now.time_since_epoch()));
  lane_->lag_us.set(microseconds(lag));
  lane_->lag_worst_us.set(std::max(lane_->lag_worst_us.get(), microseconds(lag)));
}

std::uint32_t Tally::row_of(std::string_view app, std::string_view route) {
  if (app.empty() && route.empty()) return kOther;
  for (std::size_t place = 0; place < known_.size(); ++place) {
    const Known& known = *known_[place];
    if (!known.is(app, route)) continue;
    if (place > kNear) known_[place].swap(known_[place / 2]);
    return known.row;
  }
  return table_full_ ? kOther : learn(app, route);
}

// The first time this loop meets them.
std::uint32_t Tally::learn(std::string_view app, std::string_view route) {
  const std::uint32_t row = board_.row_of(app, route);
  table_full_ = row == kOther;
  if (!table_full_) known_.push_back(std::make_unique<const Known>(std::string(app), std::string(route), row));
  return row;
}

}  // namespace appserve::scoreboard
