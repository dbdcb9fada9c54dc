// The journal of one loop: what happens goes to the scoreboard and, when there is one, to the access log.
#pragma once
#include <asio/steady_timer.hpp>
#include <memory>

#include "journal/access_log.hpp"
#include "loop/event_loop.hpp"
#include "scoreboard/tally.hpp"
#include "service/journal.hpp"

namespace appserve::journal {

class LoopJournal final : public service::Journal, private loop::Deadline {
 public:
  /// [home] Board and loop outlive it. `access` may be null. Beats from here on.
  LoopJournal(loop::EventLoop& loop, scoreboard::Board& board, std::size_t slot, std::unique_ptr<AccessLog> access);
  ~LoopJournal() override = default;

  void connected() override { tally_.connected(); }
  void disconnected() override { tally_.disconnected(); }
  Mark begin(const service::Request& request, Time since) override;
  void routed(Mark& mark, const service::Request& request, std::string_view route) override;
  void end(Mark mark, const service::Record& record) override;
  void refused(const service::Refused& message) override;

  /// The access log's file was moved away: begins a new one.
  void reopen();

 private:
  void on_deadline() override;
  void beat();
  void log(const AccessLine& line);

  loop::EventLoop& loop_;
  scoreboard::Tally tally_;
  std::unique_ptr<AccessLog> access_;
  asio::steady_timer pulse_;
};

}  // namespace appserve::journal
