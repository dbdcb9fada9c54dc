#include "runtime/loop_pool.hpp"

#include <pthread.h>

#include <string>

#include "trace/alternate_stack.hpp"

namespace appserve::runtime {

LoopPool::LoopPool(unsigned loops) {
  for (unsigned i = 0; i < loops; ++i) {
    owned_.push_back(std::make_unique<loop::EventLoop>(i));
    loops_.push_back(owned_.back().get());
  }
}

void LoopPool::start(std::function<void(loop::EventLoop&)> first, std::function<void(loop::EventLoop&)> last) {
  running_ = loops_.size();
  for (loop::EventLoop* loop : loops_)
    threads_.emplace_back([this, loop, first, last] {
      const trace::AlternateStack alternate;
      ::pthread_setname_np(::pthread_self(), ("loop " + std::to_string(loop->index())).c_str());
      auto open = [&] { first(*loop); };
      loop->post([](void* f) { (*static_cast<decltype(open)*>(f))(); }, &open);
      loop->run();
      last(*loop);
      const std::lock_guard lock(mutex_);
      --running_;
      one_ended_.notify_all();
    });
}

bool LoopPool::end_within(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return one_ended_.wait_for(lock, limit, [this] { return running_ == 0; });
}

void LoopPool::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace appserve::runtime
