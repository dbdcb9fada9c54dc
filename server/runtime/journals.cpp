#include "runtime/journals.hpp"

#include <csignal>

#include "base/printable.hpp"

namespace appserve::runtime {

Journals::Journals(const JournalOptions& options, LoopPool& loops, scoreboard::Board& board, std::size_t slot, Log& log)
    : loops_(loops), board_(board), slot_(slot), log_(log), signals_(loops.loops().front()->context(), SIGUSR1) {
  std::string wrong;
  format_ = journal::AccessFormat::parse(options.access_format, wrong);
  for (loop::EventLoop* loop : loops.loops()) {
    std::unique_ptr<journal::AccessLog> access;
    if (!options.access_log.empty() && format_)
      access = std::make_unique<journal::AccessLog>(*format_, options.access_log, options.access_skip, log);
    journals_.push_back(std::make_unique<journal::LoopJournal>(*loop, board, slot, std::move(access)));
  }
  log_.set_listener(this);
  wait_for_signal();
}

Journals::~Journals() { log_.set_listener(nullptr); }

std::vector<service::Journal*> Journals::all() const {
  std::vector<service::Journal*> all;
  for (const auto& journal : journals_) all.push_back(journal.get());
  return all;
}

void Journals::wait_for_signal() {
  signals_.async_wait([this](const asio::error_code& error, int) {
    if (error) return;
    reopen();
    wait_for_signal();
  });
}

void Journals::reopen() {
  log_.reopen();
  for (std::size_t i = 0; i < journals_.size(); ++i)
    loops_.loops()[i]->post([](void* journal) { static_cast<journal::LoopJournal*>(journal)->reopen(); },
                            journals_[i].get());
}

void Journals::said(Log::Level level, std::string_view text) {
  board_.tell(level == Log::Level::error ? 2 : 1, printable(text));
}

void Journals::dropped(std::uint64_t lines) {
  board_.worker(slot_).log_dropped.fetch_add(lines, std::memory_order_relaxed);
}

}  // namespace appserve::runtime
