// Somebody who looks at the loops from a thread of its own, and sleeps while none of them does anything.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/clock.hpp"

namespace appserve::loop {

class Observer {
 public:
  /// Until a loop begins a turn, wake() is called, or the time is over. A turn that begins in the same instant may be
  /// missed: that keeps the loops' part down to one load.
  void sleep(Duration at_most);
  /// The same, but no turn wakes it.
  void nap(Duration time);
  /// [any thread]
  void wake();
  /// [any thread] Would want to be woken by a turn.
  bool asleep() const { return asleep_.load(std::memory_order_relaxed); }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  std::atomic<bool> asleep_ = false;
  bool called_ = false;
};

}  // namespace appserve::loop
