// n event loops, one thread each.
#pragma once
#include <functional>
#include <memory>
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

 private:
  std::vector<std::unique_ptr<loop::EventLoop>> owned_;
  std::vector<loop::EventLoop*> loops_;
  std::vector<std::thread> threads_;
};

}  // namespace appserve::runtime
