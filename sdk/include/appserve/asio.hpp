// appserve/asio.hpp - asio::awaitable code of the app's own Asio beside the host's tasks.
//
//   asio::awaitable<std::string> ask(std::string host);      // sockets, timers, resolvers: any Asio
//
//   App create_app(const Config&) {
//     App app;
//     const Asio io(app);
//     app.get("/ask/{host}", [io](std::string host) -> Task<std::string> { co_return co_await io.await(ask(host)); });
//     return app;
//   }
//
// Thread rule: all that is written runs on the loop of the task that awaits, the Asio code too; I/O objects are made
// with `co_await asio::this_coro::executor`, or with executor_of() that loop. One thread of the app's own only waits in
// Asio's reactor and hands every completion over; it never runs a line of the app. So no lock is needed between the two
// worlds of a loop, and Asio, its version and its configuration stay inside this library: another app may have another.
//
// Cancellation goes both ways. Cut short (the client has left, within(), the end of the app), await() emits Asio's
// terminal cancellation and waits for the coroutine to unwind; then it throws Cancelled. In Asio code, to_asio(task)
// awaits a task of the host; cancelled by Asio (a timeout with ||, say), it cuts the task short and waits for it to
// unwind.
//
// Needs standalone Asio 1.22 or newer (libasio-dev) and C++20 coroutines in it (clang: define ASIO_HAS_CO_AWAIT and
// ASIO_HAS_STD_COROUTINE as 1 where Asio does not find out by itself).
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/app.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace appserve {
inline namespace v1 {
namespace detail {

/// Work for a loop from whatever thread. Lives as long as the app.
class AsioQueue {
 public:
  AsioQueue(const Loop& loop, asio::io_context& reactor) noexcept : loop_(loop), reactor_(reactor) {}
  AsioQueue(const AsioQueue&) = delete;
  AsioQueue& operator=(const AsioQueue&) = delete;
  ~AsioQueue() {
    while (Box<Job> job = next()) {
    }
  }

  /// [any] Runs `f` on the loop, never inside this call.
  template <class F>
  void push(F f) {
    auto* job = new JobOf<F>(std::move(f));
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      (last_ ? last_->next : first_) = job;
      last_ = job;
      wake = !std::exchange(awake_, true);
      pushed_.notify_one();
    }
    if (wake) loop_.host->post(loop_.ctx, loop_.loop, [](void* self) { static_cast<AsioQueue*>(self)->run(); }, this);
  }
  /// [home] At the end of the loop: until every coroutine has ended; they have all been told to. One that waits for a
  /// task of the host ends with the host's callbacks, which come right after: nothing of Asio is left for it to wait
  /// for.
  void finish() {
    while (running != 0) {
      {
        constexpr std::chrono::milliseconds kAsioIsQuiet{50};
        std::unique_lock lock(mutex_);
        const auto pushed = [this] { return first_ != nullptr; };
        if (host_tasks == 0)
          pushed_.wait(lock, pushed);
        else if (!pushed_.wait_for(lock, kAsioIsQuiet, pushed))
          return;
      }
      run();
    }
  }

  asio::io_context& reactor() const noexcept { return reactor_; }
  const Loop& loop() const noexcept { return loop_; }
  std::size_t running = 0;     // [home] coroutines of Asio
  std::size_t host_tasks = 0;  // [home] tasks of the host that they wait for

 private:
  struct Job {
    virtual ~Job() = default;
    virtual void run() = 0;
    Job* next = nullptr;
  };
  template <class F>
  struct JobOf final : Job {
    explicit JobOf(F&& f) : f_(std::move(f)) {}
    void run() override { std::move(f_)(); }
    F f_;
  };

  void run() {
    while (Box<Job> job = next()) job->run();
  }
  Box<Job> next() {
    const std::lock_guard lock(mutex_);
    Job* job = first_;
    if (!job) return awake_ = false, Box<Job>();
    first_ = job->next;
    if (!first_) last_ = nullptr;
    return Box<Job>(job);
  }

  Loop loop_;
  asio::io_context& reactor_;
  std::mutex mutex_;
  std::condition_variable pushed_;
  Job* first_ = nullptr;
  Job* last_ = nullptr;
  bool awake_ = false;  // run() will come
};

}  // namespace detail

/// An Asio executor that runs everything on one loop of the host; its I/O is waited for in the app's reactor.
class LoopExecutor {
 public:
  explicit LoopExecutor(detail::AsioQueue& queue) noexcept : queue_(&queue) {}

  /// What Asio asks of an executor. execute(): runs `f` on the loop, never inside this call. [any]
  template <class F>
  void execute(F f) const {
    queue_->push(std::move(f));
  }
  asio::execution_context& query(asio::execution::context_t) const noexcept { return queue_->reactor(); }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  LoopExecutor require(asio::execution::blocking_t::never_t) const noexcept { return *this; }
  friend bool operator==(const LoopExecutor& a, const LoopExecutor& b) noexcept { return a.queue_ == b.queue_; }
  friend bool operator!=(const LoopExecutor& a, const LoopExecutor& b) noexcept { return a.queue_ != b.queue_; }

  /// The loop's queue of work; lives as long as the app.
  detail::AsioQueue& queue() const noexcept { return *queue_; }

 private:
  detail::AsioQueue* queue_;
};

namespace detail {

/// The reactor, its thread, and the queues of all loops. Lives as long as the app.
class AsioReactor {
 public:
  AsioReactor() : work_(context_.get_executor()) {}
  AsioReactor(const AsioReactor&) = delete;
  AsioReactor& operator=(const AsioReactor&) = delete;
  ~AsioReactor() {
    work_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  AsioQueue& add(const Loop& loop) {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { context_.run(); });
    queues_.push_back(std::make_unique<AsioQueue>(loop, context_));
    return *queues_.back();
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<AsioQueue>> queues_;  // die after the context and the handlers in it
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

/// One loop's part.
class AsioLoop {
 public:
  explicit AsioLoop(AsioQueue& queue) noexcept : queue_(queue) {}
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;
  ~AsioLoop() { queue_.finish(); }
  AsioQueue& queue() const noexcept { return queue_; }

 private:
  AsioQueue& queue_;
};

template <class T>
class FromAsio final : Wait {
 public:
  FromAsio(PerLoop<AsioLoop> loops, asio::awaitable<T> work) noexcept : loops_(loops), work_(std::move(work)) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    Scope& scope = scope_of(h);
    if (scope.cancelled()) throw Cancelled();
    const AsioLoop* loop = loops_.find(scope.loop);
    if (!loop) throw std::logic_error("Asio::await outside of the loops of its app");
    queue_ = &loop->queue();
    waiting_ = h;
    asio::co_spawn(LoopExecutor(*queue_), std::move(work_),
                   asio::bind_cancellation_slot(state_->signal.slot(), Done{state_, this}));
    ++queue_->running;
    scope.add(*this);
    return true;
  }
  T await_resume() {
    if (cut_) throw Cancelled();
    if (error_) std::rethrow_exception(std::move(error_));
    if constexpr (!std::is_void_v<T>) return std::move(*result_);
  }

 private:
  struct State {
    asio::cancellation_signal signal;
  };
  struct Done {
    std::shared_ptr<State> state;  // the slot is used for as long as its handler lives
    FromAsio* wait;
    template <class... V>
    void operator()(std::exception_ptr error, V... value) {
      wait->error_ = std::move(error);
      if constexpr (sizeof...(V) == 1) wait->result_.emplace(std::move(value)...);
      wait->unlink();
      --wait->queue_->running;
      wait->waiting_.resume();
    }
  };
  void cut() noexcept override {
    cut_ = true;
    state_->signal.emit(asio::cancellation_type::terminal);
  }

  PerLoop<AsioLoop> loops_;
  asio::awaitable<T> work_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
  AsioQueue* queue_ = nullptr;
  std::coroutine_handle<> waiting_;
  std::conditional_t<std::is_void_v<T>, std::optional<char>, std::optional<T>> result_;
  std::exception_ptr error_;
  bool cut_ = false;
};

/// A task of the host that Asio code waits for.
template <class T>
struct ToAsio {
  ToAsio(AsioQueue& on, Task<T> work) : queue(on), scope(on.loop()), task(std::move(work)) {}

  template <class Handler>
  static Detached run(Scope&, std::shared_ptr<ToAsio> self, Handler handler) {
    ++self->queue.host_tasks;
    std::exception_ptr error;
    std::conditional_t<std::is_void_v<T>, std::optional<char>, std::optional<T>> result;
    try {
      if constexpr (std::is_void_v<T>)
        co_await self->task;
      else
        result.emplace(co_await self->task);
    } catch (const Cancelled&) {
      error = std::make_exception_ptr(std::system_error(asio::error::operation_aborted));
    } catch (...) {
      error = std::current_exception();
    }
    self->queue.push([self, handler = std::move(handler), error, result = std::move(result)]() mutable {
      --self->queue.host_tasks;
      if constexpr (std::is_void_v<T>)
        std::move(handler)(error);
      else
        std::move(handler)(error, result ? std::move(*result) : T());
    });
  }

  AsioQueue& queue;
  Scope scope;
  Task<T> task;
};

}  // namespace detail

/// An app's Asio. Belongs to the app; copies mean the same.
class Asio {
 public:
  /// While the app is being built. Costs one thread, from the start of the loops on.
  explicit Asio(App& app)
      : loops_(app.per_loop<detail::AsioLoop>([reactor = std::make_shared<detail::AsioReactor>()](const Loop& loop) {
          return detail::AsioLoop(reactor->add(loop));
        })) {}

  /// `co_await io.await(work())` in a task of the app: runs `work` on this loop, and gives its result or its exception.
  template <class T>
  detail::FromAsio<T> await(asio::awaitable<T> work) const {
    return {loops_, std::move(work)};
  }

 private:
  PerLoop<detail::AsioLoop> loops_;
};

/// In Asio code that Asio::await runs: awaits a task of the host, on the same loop. T needs a default constructor.
template <class T>
asio::awaitable<T> to_asio(Task<T> task) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto* loop = executor.target<LoopExecutor>();
  if (!loop) throw std::logic_error("to_asio outside of Asio::await");
  auto running = std::make_shared<detail::ToAsio<T>>(loop->queue(), std::move(task));
  const auto start = [running](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) slot.assign([running](asio::cancellation_type) { running->scope.cancel(); });
    detail::ToAsio<T>::run(running->scope, running, std::move(handler));
  };
  if constexpr (std::is_void_v<T>)
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr)>(start, asio::use_awaitable);
  else
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, T)>(
        start, asio::use_awaitable);
}

}  // namespace v1
}  // namespace appserve
