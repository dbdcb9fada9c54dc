#include "master_board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/printable.hpp"

namespace appserve {
namespace {

constexpr std::size_t kLanes = 1024;  // loops at a time, of two generations; only those that are used cost memory

std::string line(const scoreboard::InFlight& request) {
  const std::int64_t age_ms = (scoreboard::monotonic_ns() - request.since_ns) / 1'000'000;
  return fmt::format("{} {} from {} request {} after {} ms", request.method, request.target, request.peer, request.id,
                     age_ms);
}

}  // namespace

MasterBoard::MasterBoard(Log& log) : log_(log) {
  auto board = scoreboard::Board::create(kLanes);
  if (board)
    board_.emplace(*std::move(board));
  else
    log.write(*board.error().fault, board.error().what);
  log_.set_listener(this);
}

MasterBoard::~MasterBoard() { log_.set_listener(nullptr); }

void MasterBoard::said(Log::Level level, std::string_view text) {
  if (board_) board_->tell(level == Log::Level::error ? 2 : 1, printable(text));
}

void MasterBoard::write_deaths(const config::Settings& settings) {
  std::string wrong;
  access_.reset();
  if (settings.access_log.empty()) return;
  if (auto format = journal::AccessFormat::parse(settings.access_format, wrong))
    access_.emplace(*std::move(format), settings.access_log, log_);
}

void MasterBoard::reopen() {
  if (access_) access_->log.reopen();
}

void MasterBoard::write_death(const scoreboard::InFlight& request) {
  const std::string first_line = request.method + " " + request.target;
  const Duration took{scoreboard::monotonic_ns() - request.since_ns};
  access_->log.write({.remote = request.peer,
                      .id = request.id,
                      .first_line = first_line,
                      .method = request.method,
                      .target = request.target,
                      .app = request.app,
                      .route = request.route,
                      .ending = "crashed",
                      .why = "its worker died",
                      .took = took},
                     Clock::now());
}

std::uint32_t MasterBoard::enter(unsigned slot, unsigned generation, pid_t pid) {
  if (!board_) return 0;
  const std::size_t place = board_->claim_worker(slot);
  if (place == scoreboard::kWorkers) return scoreboard::kWorkers;
  scoreboard::Worker& worker = board_->worker(place);
  worker.pid.set(pid);
  worker.generation.set(generation);
  return static_cast<std::uint32_t>(place);
}

void MasterBoard::set(std::uint32_t place, scoreboard::WorkerState state) {
  if (board_ && place < scoreboard::kWorkers) board_->worker(place).state.store(state);
}

void MasterBoard::serves(std::uint32_t place) { set(place, scoreboard::WorkerState::serving); }
void MasterBoard::drains(std::uint32_t place) { set(place, scoreboard::WorkerState::draining); }

std::vector<std::string> MasterBoard::leave(std::uint32_t place, bool died) {
  std::vector<std::string> lines;
  if (!board_ || place >= scoreboard::kWorkers) return lines;
  for (const scoreboard::InFlight& request : scoreboard::in_flight(*board_, place)) {
    lines.push_back(line(request));
    if (access_) write_death(request);
  }
  if (access_) access_->log.flush(Clock::now());
  if (died) board_->worker(place).restarts.fetch_add(1);
  board_->release_worker(place);
  return lines;
}

std::size_t MasterBoard::in_flight() { return board_ ? scoreboard::in_flight(*board_).size() : 0; }

std::optional<std::string> MasterBoard::silent_for(std::chrono::nanoseconds time) {
  if (!board_) return std::nullopt;
  const std::int64_t now = scoreboard::monotonic_ns();
  for (std::size_t i = 0; i < board_->lanes(); ++i) {
    const scoreboard::Lane& lane = board_->lane(i);
    const std::uint32_t owner = lane.owner.load();
    if (owner == 0 || owner > scoreboard::kWorkers) continue;
    const scoreboard::Worker& worker = board_->worker(owner - 1);
    const std::int64_t beat = lane.beat_ns.get();
    if (worker.state.load() == scoreboard::WorkerState::serving && beat > 0 && now - beat > time.count())
      return fmt::format("loop {} of pid {}", lane.loop.get(), worker.pid.get());
  }
  return std::nullopt;
}

}  // namespace appserve
