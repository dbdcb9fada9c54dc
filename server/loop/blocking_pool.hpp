// Threads for work that blocks, away from the loops.
#pragma once
#include <asio/thread_pool.hpp>

namespace appserve::loop {

class EventLoop;

class BlockingPool {
 public:
  explicit BlockingPool(unsigned threads) : threads_(threads) {}
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  /// Waits for the work that runs.
  ~BlockingPool() { join(); }

  /// [any thread] Runs work(arg) on a pool thread; when that has returned, done(arg) on `loop`.
  void submit(EventLoop& loop, void (*work)(void* arg), void (*done)(void* arg), void* arg);
  void join() { threads_.join(); }

 private:
  asio::thread_pool threads_;
};

}  // namespace appserve::loop
