// One thread's event loop: Asio's io_context, and nested in it a level-triggered epoll set for the many sockets and a
// coarse wheel for their deadlines (docs/decisions/0002). It knows neither HTTP nor apps.
#pragma once
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "loop/observer.hpp"
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

  /// One handler's run: reads the time, and lets others see how long it takes. Lives in every handler that is given to
  /// context() directly; posted functions, watchers and the wheel are run inside one.
  class Turn {
   public:
    explicit Turn(EventLoop& loop) : beat_(loop.beat_) {
      loop.now_ = Clock::now();
      beat_.store(beat_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      if (Observer* observer = loop.observer_.load(std::memory_order_relaxed);
          observer != nullptr && observer->asleep())
        observer->wake();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { beat_.store(beat_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

   private:
    std::atomic<std::uint64_t>& beat_;
  };
  /// [any thread] Odd inside a turn; every turn has its own number.
  std::uint64_t beat() const { return beat_.load(std::memory_order_relaxed); }
  /// [any thread] Whom a turn wakes when it sleeps; null: nobody. It outlives the loop's turns.
  void set_observer(Observer* observer) { observer_ = observer; }
  /// [any thread] The kernel's id of the home thread; 0 before run().
  int thread() const { return thread_; }

 private:
  static constexpr std::size_t kDeadlinesAtOnce = 64;
  static constexpr std::chrono::milliseconds kLookAgain{1};

  void wait_for_sockets();
  bool poll_sockets();
  void tick();
  void turn_wheel();

  unsigned index_;
  asio::io_context context_{1};
  Poller poller_;
  TimerWheel wheel_;
  asio::posix::stream_descriptor sockets_;
  asio::steady_timer ticker_;
  bool ticking_ = false;
  Time now_ = Clock::now();
  std::atomic<Observer*> observer_ = nullptr;
  std::atomic<int> thread_ = 0;
  alignas(64) std::atomic<std::uint64_t> beat_ = 0;
};

}  // namespace appserve::loop
