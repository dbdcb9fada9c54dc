#include "runtime/loop_pool.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <set>

using namespace appserve;

TEST_CASE("each loop runs on a thread of its own between its first and its last call") {
  runtime::LoopPool pool(3);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::set<unsigned> indices;
  std::atomic<int> at_home = 0, ended = 0;
  pool.start(
      [&](loop::EventLoop& loop) {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
        indices.insert(loop.index());
        at_home += loop.is_home();  // an app starts here and may set timers
        loop.post([](void* arg) { static_cast<loop::EventLoop*>(arg)->stop(); }, &loop);
      },
      [&](loop::EventLoop&) { ++ended; });
  pool.join();
  CHECK(threads.size() == 3);
  CHECK(indices == std::set<unsigned>{0, 1, 2});
  CHECK(at_home == 3);
  CHECK(ended == 3);
}
