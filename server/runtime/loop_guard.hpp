// Looks after the loops from a thread of its own: one that is held by a single turn for too long is named, with the
// stack of its thread. While no loop does anything the guard sleeps.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "loop/event_loop.hpp"
#include "loop/observer.hpp"
#include "runtime/blocked_loop.hpp"

namespace appserve::runtime {

struct GuardOptions {
  std::chrono::milliseconds block{100};     // a turn longer than this is told: W5010
  std::chrono::milliseconds stuck{65'000};  // one longer than this is thought never to end: E5012
};

class LoopGuard {
 public:
  /// Called on the guard's thread, when the log has been told.
  struct Alarms {
    std::function<void(const std::string& why)> stuck;  // a loop does not come back: once for each
    std::function<void()> lost;                         // a loop's descriptors are closed: nothing can be served
    std::function<void()> look = [] {};                 // about once a second: for whoever has more to look after
  };
  /// The loops do not run yet; everything outlives the guard.
  LoopGuard(const GuardOptions& options, const std::vector<loop::EventLoop*>& loops, Log& log, Alarms alarms);
  ~LoopGuard();
  LoopGuard(const LoopGuard&) = delete;
  LoopGuard& operator=(const LoopGuard&) = delete;

 private:
  struct Watched {
    loop::EventLoop* loop;
    std::uint64_t beat = 0;  // of the turn it is in; even: none
    Time since{};            // seen first
    std::optional<BlockedLoop> blocked;
    bool told = false, stuck = false;
  };

  void run();
  bool look(Watched& watched, Time now);
  void judge(Watched& watched, Time now);
  void tell(Watched& watched, Duration held, bool over);
  void check_descriptors(Time now);

  const GuardOptions options_;
  Log& log_;
  Alarms alarms_;
  Time descriptors_checked_{};
  bool lost_ = false;
  std::vector<Watched> watched_;
  OncePerPlace places_;
  loop::Observer observer_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace appserve::runtime
