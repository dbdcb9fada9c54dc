// What makes a serving process visible: its part of the scoreboard, its journals and its admin listener.
#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "config/settings.hpp"
#include "net/bound_socket.hpp"
#include "runtime/admin_desk.hpp"
#include "runtime/journals.hpp"

namespace appserve {

/// Takes the admin listener's address, when there is one: before apps are loaded, so that a taken port is told first.
Result<std::optional<net::BoundSocket>, Errors> bind_admin(const config::Settings& settings,
                                                           const net::GivenSockets& given, Log& log);

/// Where a process is seen: its place on a scoreboard, and a socket where that is told.
struct Seat {
  scoreboard::Board board;
  std::size_t place = 0;
  UniqueFd admin;  // listens; empty: none
};

class Watch {
 public:
  /// Settings and log outlive it.
  Watch(const config::Settings& settings, Log& log) : settings_(settings), log_(log) {}

  /// Before the loops run. They and the apps outlive it.
  void begin(runtime::LoopPool& loops, const std::vector<app::PluginApp*>& apps, Seat seat);

  /// One per loop, from begin() on.
  std::vector<service::Journal*> journals() const { return journals_->all(); }
  /// From begin() on.
  scoreboard::Board& board() { return *board_; }
  std::size_t place() const { return slot_; }
  /// [any thread] No new requests from now on. `others_accept`: who asks at the admin listener is theirs to answer.
  void draining(bool others_accept);
  /// [any thread] Log files are opened anew.
  void reopen() { journals_->reopen(); }

 private:
  admin::About about() const;

  const config::Settings& settings_;
  Log& log_;
  std::optional<scoreboard::Board> board_;
  std::size_t slot_ = 0;
  runtime::JournalOptions options_;
  std::optional<runtime::Journals> journals_;
  std::optional<runtime::AdminDesk> desk_;
};

}  // namespace appserve
