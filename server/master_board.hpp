// The scoreboard as its master sees it: who is there, and which requests ended with a worker. What the master logs is
// among the recent events.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "config/settings.hpp"
#include "journal/access_log.hpp"
#include "scoreboard/snapshot.hpp"
#include "supervisor/ledger.hpp"

namespace appserve {

class MasterBoard final : public supervisor::Ledger, private Log::Listener {
 public:
  /// Without a board, when the system refuses one: then nothing is counted and everything else goes on.
  explicit MasterBoard(Log& log);
  ~MasterBoard() override;

  /// From now on requests that end with their worker have a line in the access log of these settings.
  void write_deaths(const config::Settings& settings);
  /// The access log was moved away.
  void reopen();

  int descriptor() const override { return board_ ? board_->fd() : -1; }
  std::uint32_t enter(unsigned slot, unsigned generation, pid_t pid) override;
  void serves(std::uint32_t place) override;
  void drains(std::uint32_t place) override;
  std::vector<std::string> leave(std::uint32_t place, bool died) override;

  /// Every loop of a worker at work has shown a sign of life within this time. Else who has not: "loop 1 of pid 4711".
  std::optional<std::string> silent_for(std::chrono::nanoseconds time);
  /// Requests that are not answered yet.
  std::size_t in_flight();

 private:
  void set(std::uint32_t place, scoreboard::WorkerState state);

  void said(Log::Level level, std::string_view text) override;
  void dropped(std::uint64_t) override {}
  void write_death(const scoreboard::InFlight& request);

  struct Access {
    journal::AccessFormat format;
    std::vector<std::string> skip;
    journal::AccessLog log;
    Access(journal::AccessFormat parsed, const std::string& path, Log& to)
        : format(std::move(parsed)), log(format, path, skip, to) {}
  };

  Log& log_;
  std::optional<scoreboard::Board> board_;
  std::optional<Access> access_;
};

}  // namespace appserve
