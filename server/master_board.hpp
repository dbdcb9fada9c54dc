// The scoreboard as its master sees it: who is there, and which requests ended with a worker.
#pragma once
#include <optional>

#include "base/log.hpp"
#include "scoreboard/board.hpp"
#include "supervisor/ledger.hpp"

namespace appserve {

class MasterBoard final : public supervisor::Ledger {
 public:
  /// Without a board, when the system refuses one: then nothing is counted and everything else goes on.
  explicit MasterBoard(Log& log);

  int descriptor() const override { return board_ ? board_->fd() : -1; }
  std::uint32_t enter(unsigned slot, unsigned generation, pid_t pid) override;
  void serves(std::uint32_t place) override;
  void drains(std::uint32_t place) override;
  std::vector<std::string> leave(std::uint32_t place, bool died) override;

 private:
  void set(std::uint32_t place, scoreboard::WorkerState state);

  std::optional<scoreboard::Board> board_;
};

}  // namespace appserve
