#include "runtime/loop_guard.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

namespace appserve::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kQuiet = 1s;          // without a turn: the guard lets itself be woken
constexpr auto kLongestSleep = 1s;   // one that begins in the instant it falls asleep is seen this late
constexpr auto kToldWhileHeld = 1s;  // who holds a loop longer is told before it ends
constexpr auto kAnswer = 50ms;       // for the thread to say where it is
constexpr auto kShortestStep = 2ms;

}  // namespace

LoopGuard::LoopGuard(const GuardOptions& options, const std::vector<loop::EventLoop*>& loops, Log& log,
                     std::function<void(const std::string& why)> stuck)
    : options_(options), log_(log), stuck_(std::move(stuck)) {
  trace::prepare_samples();
  for (loop::EventLoop* loop : loops) {
    watched_.push_back({.loop = loop});
    loop->set_observer(&observer_);
  }
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "guard");
    run();
  });
}

LoopGuard::~LoopGuard() {
  ended_ = true;
  observer_.wake();
  thread_.join();
  for (const Watched& watched : watched_) watched.loop->set_observer(nullptr);
}

void LoopGuard::run() {
  const Duration step = std::max<Duration>(options_.block / 4, kShortestStep);
  Time last_turn = Clock::now();
  while (!ended_) {
    const Time now = Clock::now();
    for (Watched& watched : watched_)
      if (look(watched, now)) last_turn = now;
    if (now - last_turn < kQuiet)
      observer_.nap(step);
    else
      observer_.sleep(kLongestSleep);
  }
}

// True when the loop is in a turn, or was in one since the last look.
bool LoopGuard::look(Watched& watched, Time now) {
  const std::uint64_t beat = watched.loop->beat();
  if (beat == watched.beat) {
    if (beat % 2 == 0) return false;
    judge(watched, now);
    return true;
  }
  if (watched.blocked && !watched.told) tell(watched, now - watched.since, true);
  watched.beat = beat;
  watched.since = now;
  watched.blocked.reset();
  watched.told = watched.stuck = false;
  return true;
}

void LoopGuard::judge(Watched& watched, Time now) {
  const Duration held = now - watched.since;
  if (held < options_.block) return;
  if (!watched.blocked) {
    auto sample = trace::sample_of(watched.loop->thread(), kAnswer);
    if (watched.loop->beat() != watched.beat) sample.reset();  // it was elsewhere by then
    watched.blocked = BlockedLoop{.loop = watched.loop->index(), .sample = sample};
  }
  if (held >= kToldWhileHeld && !watched.told) tell(watched, held, false);
  if (held < options_.stuck || watched.stuck) return;
  watched.stuck = true;
  watched.blocked->held = held;
  watched.blocked->over = false;
  const std::string why = describe(*watched.blocked, trace::modules());
  log_.write(fault('E', 5012), why);
  stuck_(why);
}

void LoopGuard::tell(Watched& watched, Duration held, bool over) {
  watched.told = true;
  watched.blocked->held = held;
  watched.blocked->over = over;
  const auto kept_back = places_.admit(place_of(*watched.blocked, trace::modules()), Clock::now());
  if (!kept_back) return;
  log_.write(fault('W', 5010), describe(*watched.blocked, trace::modules()) +
                                   (*kept_back == 0 ? "" : fmt::format(" ({} times more in between)", *kept_back)));
}

}  // namespace appserve::runtime
