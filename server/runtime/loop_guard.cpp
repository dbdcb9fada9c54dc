#include "runtime/loop_guard.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace appserve::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kQuiet = 1s;          // without a turn: the guard lets itself be woken
constexpr auto kLongestSleep = 1s;   // one that begins in the instant it falls asleep is seen this late
constexpr auto kToldWhileHeld = 1s;  // who holds a loop longer is told before it ends
constexpr auto kAnswer = 50ms;       // for the thread to say where it is
constexpr auto kShortestStep = 2ms;
constexpr auto kBetweenChecks = 1s;  // of the loops' descriptors

bool is_epoll(int fd) {
  std::array<char, 64> target{};
  const std::string name = "/proc/self/fd/" + std::to_string(fd);
  if (::readlink(name.c_str(), target.data(), target.size() - 1) < 0) return ::fcntl(fd, F_GETFD) >= 0;
  return std::string_view(target.data()) == "anon_inode:[eventpoll]";
}

}  // namespace

LoopGuard::LoopGuard(const GuardOptions& options, const std::vector<loop::EventLoop*>& loops, Log& log, Alarms alarms)
    : options_(options), log_(log), alarms_(std::move(alarms)) {
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
    check_descriptors(now);
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
  alarms_.stuck(why);
}

// An app that closes what is not its own: the loop would turn without end and serve nobody.
void LoopGuard::check_descriptors(Time now) {
  if (lost_ || now - descriptors_checked_ < kBetweenChecks) return;
  descriptors_checked_ = now;
  alarms_.look();
  for (const Watched& watched : watched_) {
    if (is_epoll(watched.loop->poller().fd())) continue;
    log_.write(fault('W', 5022), fmt::format("an app closed descriptors of the server; loop {} has lost its sockets",
                                             watched.loop->index()));
    lost_ = true;
    return alarms_.lost();
  }
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
