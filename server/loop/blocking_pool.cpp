#include "loop/blocking_pool.hpp"

#include <asio/post.hpp>

#include "loop/event_loop.hpp"
#include "trace/alternate_stack.hpp"

namespace appserve::loop {

void BlockingPool::submit(EventLoop& loop, void (*work)(void* arg), void (*done)(void* arg), void* arg) {
  std::call_once(begun_, [this] { threads_.emplace(size_); });
  asio::post(*threads_, [&loop, work, done, arg] {
    trace::ensure_alternate_stack();
    work(arg);
    loop.post(done, arg);
  });
}

void BlockingPool::join() {
  if (threads_) threads_->join();
}

}  // namespace appserve::loop
