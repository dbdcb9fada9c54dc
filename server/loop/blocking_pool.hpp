// Threads for work that blocks, away from the loops.
#pragma once
#include <asio/thread_pool.hpp>
#include <mutex>
#include <optional>

namespace appserve::loop {

class EventLoop;

class BlockingPool {
 public:
  /// The threads begin with the first work: many apps have none.
  explicit BlockingPool(unsigned threads) : size_(threads) {}
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  /// Waits for the work that runs.
  ~BlockingPool() { join(); }

  /// [any thread] Runs work(arg) on a pool thread; when that has returned, done(arg) on `loop`.
  void submit(EventLoop& loop, void (*work)(void* arg), void (*done)(void* arg), void* arg);
  /// After the last submit().
  void join();

 private:
  const unsigned size_;
  std::once_flag begun_;
  std::optional<asio::thread_pool> threads_;
};

}  // namespace appserve::loop
