// n event loops, one thread each.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "loop/event_loop.hpp"

namespace appserve::runtime {

class LoopPool {
 public:
  explicit LoopPool(unsigned loops);
  LoopPool(const LoopPool&) = delete;
  LoopPool& operator=(const LoopPool&) = delete;
  ~LoopPool() { join(); }

  const std::vector<loop::EventLoop*>& loops() const { return loops_; }

  /// Starts the threads; each runs its loop, `first` first and inside it, until it is stopped, then calls `last`.
  void start(std::function<void(loop::EventLoop&)> first, std::function<void(loop::EventLoop&)> last);
  /// Waits until every loop was stopped and its thread has ended.
  void join();
  /// The same, for so long at most. False: some loop does not come back from what it runs.
  bool end_within(std::chrono::milliseconds limit);

 private:
  std::vector<std::unique_ptr<loop::EventLoop>> owned_;
  std::vector<loop::EventLoop*> loops_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable one_ended_;
  std::size_t running_ = 0;
};

}  // namespace appserve::runtime
