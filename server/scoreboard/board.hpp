// The scoreboard: a segment of shared memory that a server's processes count in. Whoever is the master makes it, each
// worker maps it; a worker may die at any instruction and what it counted stays. Knows numbers and names, not what for.
#pragma once
#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "scoreboard/layout.hpp"

namespace appserve::scoreboard {

class Board {
 public:
  /// A new one for at most `lanes` loops at a time, of all workers and generations together. Memory is used only for
  /// what is written or looked at. E6008 when the system refuses.
  static Result<Board, Error> create(std::size_t lanes);
  /// A worker's, from the descriptor the master has left open. E6008 when it is no scoreboard, or one of another
  /// version.
  static Result<Board, Error> attach(UniqueFd fd);

  Board(Board&& other) noexcept;
  Board& operator=(Board&&) = delete;
  ~Board();

  /// To hand to a worker (close-on-exec is set on it).
  int fd() const { return fd_.get(); }

  /// A slot for a process that is about to start, with state `starting`; kWorkers when all are taken. `preferred` keeps
  /// its count of restarts. Called by one process only: the master.
  std::size_t claim_worker(std::size_t preferred = kWorkers);
  /// The process of the slot is gone: its lanes are free for the next one, their gauges are cleared, and what was in
  /// flight counts as cut. Whoever wants to know which requests those were asks in_flight() before.
  void release_worker(std::size_t slot);
  Worker& worker(std::size_t slot) { return header_->workers[slot]; }

  /// A lane for one more loop of the worker; null when all are taken: that loop is not counted. [any thread or process]
  Lane* claim_lane(std::size_t slot, unsigned loop);
  /// Those that were ever claimed; a page of another one that is looked at costs memory.
  std::size_t lanes() const {
    return std::min<std::size_t>(header_->used_lanes.load(std::memory_order_acquire), room_);
  }
  Lane& lane(std::size_t index) { return lanes_[index]; }

  /// The row of a route, which all lanes share; kOther when the table is full. Takes some 100 ns and more: remember it.
  /// [any thread or process]
  std::uint32_t row_of(std::string_view app, std::string_view route);
  /// Those that were ever claimed, kOther among them.
  std::size_t rows() const {
    return std::min<std::size_t>(header_->used_rows.load(std::memory_order_acquire), kRoutes);
  }

  /// Adds a line to the recent events; level as in Event. [any thread or process]
  void tell(std::uint32_t level, std::string_view text);

  const Header& header() const { return *header_; }

 private:
  Board(UniqueFd fd, void* memory, std::size_t size);
  static Result<Board, Error> map(UniqueFd fd, std::size_t size);

  UniqueFd fd_;
  std::size_t size_;
  std::size_t room_;  // for lanes; the header is anybody's who can write there
  Header* header_;
  Lane* lanes_;
};

/// CLOCK_MONOTONIC, the same in every process of a machine.
std::int64_t monotonic_ns();

}  // namespace appserve::scoreboard
