// What makes a serving process visible: its part of the scoreboard, its journals and its admin listener.
#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "config/settings.hpp"
#include "net/bound_socket.hpp"
#include "runtime/admin_desk.hpp"
#include "runtime/journals.hpp"

namespace appserve {

/// Takes the admin listener's address, when there is one: before apps are loaded, so that a taken port is told first.
Result<std::optional<net::BoundSocket>, Errors> bind_admin(const config::Settings& settings, Log& log);

class Watch {
 public:
  /// Settings and log outlive it.
  Watch(const config::Settings& settings, Log& log, std::optional<net::BoundSocket> admin)
      : settings_(settings), log_(log), admin_(std::move(admin)) {}

  /// Before the loops run. They and the apps outlive it.
  Result<void, Errors> begin(runtime::LoopPool& loops, const std::vector<app::PluginApp*>& apps);

  /// One per loop, from begin() on.
  std::vector<service::Journal*> journals() const { return journals_->all(); }
  /// Where the admin listener is; null: there is none.
  const net::Endpoint* admin() const { return admin_ ? &admin_->endpoint() : nullptr; }
  /// [any thread] No new requests from now on.
  void draining() { board_->worker(slot_).state.store(scoreboard::WorkerState::draining); }

 private:
  admin::About about() const;

  const config::Settings& settings_;
  Log& log_;
  std::optional<net::BoundSocket> admin_;
  std::optional<scoreboard::Board> board_;
  std::size_t slot_ = 0;
  runtime::JournalOptions options_;
  std::optional<runtime::Journals> journals_;
  std::optional<runtime::AdminDesk> desk_;
};

}  // namespace appserve
