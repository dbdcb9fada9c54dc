// The journals of a worker, one per loop, and the reopening of logs on USR1. The scoreboard is its master's.
#pragma once
#include <asio/signal_set.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "journal/loop_journal.hpp"
#include "runtime/loop_pool.hpp"
#include "scoreboard/board.hpp"

namespace appserve::runtime {

struct JournalOptions {
  std::string access_log;  // empty: none; "-": standard output
  std::string access_format = "combined";
  std::vector<std::string> access_skip;
};

class Journals final : private Log::Listener {
 public:
  /// Before the loops run; everything given outlives it, and it outlives the server. `slot`: this worker's.
  Journals(const JournalOptions& options, LoopPool& loops, scoreboard::Board& board, std::size_t slot, Log& log);
  Journals(const Journals&) = delete;
  Journals& operator=(const Journals&) = delete;
  ~Journals();

  /// One per loop.
  std::vector<service::Journal*> all() const;
  /// [any thread] The logs' files were moved away. Also what USR1 does.
  void reopen();

 private:
  void said(Log::Level level, std::string_view text) override;
  void dropped(std::uint64_t lines) override;
  void wait_for_signal();

  LoopPool& loops_;
  scoreboard::Board& board_;
  std::size_t slot_;
  Log& log_;
  std::optional<journal::AccessFormat> format_;
  std::vector<std::unique_ptr<journal::LoopJournal>> journals_;
  asio::signal_set signals_;
};

}  // namespace appserve::runtime
