// One thread's event loop: Asio's io_context, and nested in it a level-triggered epoll set for the many sockets and a
// coarse wheel for their deadlines (docs/decisions/0002). It knows neither HTTP nor apps.
#pragma once
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "loop/poller.hpp"
#include "loop/timer_wheel.hpp"

namespace appserve::loop {

class EventLoop {
 public:
  explicit EventLoop(unsigned index);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// 0 … n-1 within its server.
  unsigned index() const { return index_; }

  /// Runs on the calling thread, which is the loop's home from then on, until stop().
  void run();
  /// [any thread] run() returns soon; what was posted and is not yet run is dropped with the loop.
  void stop();
  /// [any thread] Runs fn(arg) on the loop, never inside this call.
  void post(void (*fn)(void* arg), void* arg);
  /// [any thread] True on the thread that is inside run().
  bool is_home() const;

  asio::io_context& context() { return context_; }
  Poller& poller() { return poller_; }
  TimerWheel& wheel() { return wheel_; }

  /// [home] The time of this turn of the loop; read once a turn.
  Time now() const { return now_; }
  /// [home] Reads it again: first thing in a handler that was given to context() directly.
  void turn() { now_ = Clock::now(); }

 private:
  void wait_for_sockets();
  void tick();

  unsigned index_;
  asio::io_context context_{1};
  Poller poller_;
  TimerWheel wheel_;
  asio::posix::stream_descriptor sockets_;
  asio::steady_timer ticker_;
  bool ticking_ = false;
  Time now_ = Clock::now();
};

}  // namespace appserve::loop
