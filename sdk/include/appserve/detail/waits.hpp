// What a coroutine can wait for besides other tasks: time, the blocking pool, several tasks, a limit of time.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/task.hpp>
#include <tuple>
#if defined(__GLIBCXX__) && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>  // durations and their literals, without calendars and formatting
#else
#include <chrono>
#endif

namespace appserve {
inline namespace v1 {

using namespace std::chrono_literals;  // NOLINT: 50ms and 2s are part of the interface

namespace detail {

inline std::uint64_t nanoseconds(std::chrono::nanoseconds d) noexcept {
  return d.count() > 0 ? static_cast<std::uint64_t>(d.count()) : 0;
}

class Sleep final : Wait {
 public:
  explicit Sleep(std::chrono::nanoseconds duration) noexcept : duration_(duration) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    Scope& scope = scope_of(h);
    if (scope.cancelled()) return (status_ = AS_ECANCELED, false);
    host_ = scope.host;
    waiting_ = h;
    status_ = host_->timer(scope.ctx, scope.loop, nanoseconds(duration_), &fired, this, &op_);
    if (status_ != AS_PENDING) return false;
    scope.add(*this);
    return true;
  }
  void await_resume() const {
    if (status_ == AS_ECANCELED) throw Cancelled();
    if (status_ < 0) throw std::bad_alloc();
  }

 private:
  static void fired(void* self, std::int32_t status) noexcept {
    auto* wait = static_cast<Sleep*>(self);
    wait->unlink();
    wait->status_ = status;
    wait->waiting_.resume();
  }
  void cut() noexcept override { host_->timer_cancel(op_); }

  std::chrono::nanoseconds duration_;
  const as_host* host_ = nullptr;
  as_op* op_ = nullptr;
  std::coroutine_handle<> waiting_;
  std::int32_t status_ = AS_OK;
};

template <class F>
class Blocking {
 public:
  using R = std::invoke_result_t<F&>;
  explicit Blocking(F work) : work_(std::move(work)) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    Scope& scope = scope_of(h);
    if (scope.cancelled()) throw Cancelled();
    waiting_ = h;
    status_ = scope.host->offload(scope.ctx, scope.loop, &run, &finished, this);
    return status_ == AS_PENDING;
  }
  R await_resume() {
    if (status_ == AS_ECANCELED) throw Cancelled();
    if (status_ < 0) throw HttpError(503, "too much work is waiting");
    if (error_) std::rethrow_exception(std::move(error_));
    if constexpr (!std::is_void_v<R>) return std::move(*result_);
  }

 private:
  static void run(void* self) noexcept {
    auto* job = static_cast<Blocking*>(self);
    try {
      if constexpr (std::is_void_v<R>)
        job->work_();
      else
        job->result_.emplace(job->work_());
    } catch (...) {
      job->error_ = std::current_exception();
    }
  }
  static void finished(void* self, std::int32_t status) noexcept {
    auto* job = static_cast<Blocking*>(self);
    job->status_ = status;
    job->waiting_.resume();
  }

  F work_;
  std::conditional_t<std::is_void_v<R>, std::optional<char>, std::optional<R>> result_;
  std::exception_ptr error_;
  std::coroutine_handle<> waiting_;
  std::int32_t status_ = AS_OK;
};

template <class... T>
class WhenAll {
 public:
  explicit WhenAll(Task<T>... tasks) noexcept : tasks_(std::move(tasks)...) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> parent) {
    return start_all(scope_of(parent), parent);
  }
  auto await_resume() {
    return std::apply([](auto&... task) { return std::tuple{take(task.handle().promise())...}; }, tasks_);
  }

 protected:
  bool start_all(Scope& scope, std::coroutine_handle<> parent) {
    join_.count = sizeof...(T) + 1;  // the extra one: nobody resumes the parent while tasks are being started
    join_.continuation = parent;
    std::apply([&](auto&... task) { (start(task.handle(), scope), ...); }, tasks_);
    return --join_.count != 0;
  }

  std::tuple<Task<T>...> tasks_;
  Join join_{};

 private:
  template <class P>
  void start(std::coroutine_handle<P> h, Scope& scope) {
    h.promise().scope = &scope;
    h.promise().join = &join_;
    h.resume();
  }
  template <class U>
  static U take(Promise<U>& p) {
    return p.take();
  }
  static std::tuple<> take(Promise<void>& p) {
    p.take();
    return {};
  }
};

/// What a task that may be cut short gives: its value, or whether it ended.
template <class T>
using Perhaps = std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>;

/// All tasks in a scope that ends when the first of them does.
template <class... T>
class Race : public WhenAll<T...> {
 public:
  Race(Scope& scope, Task<T>... tasks) noexcept : WhenAll<T...>(std::move(tasks)...), scope_(scope) {}

  bool await_suspend(std::coroutine_handle<> parent) {
    this->join_.race = &scope_;
    return this->start_all(scope_, parent);
  }
  std::tuple<Perhaps<T>...> await_resume() {
    bool any = false;
    auto results =
        std::apply([&](auto&... task) { return std::tuple{take(task.handle().promise(), any)...}; }, this->tasks_);
    if (!any) throw Cancelled();
    return results;
  }

 private:
  template <class U>
  static Perhaps<U> take(Promise<U>& p, bool& any) {
    Perhaps<U> result{};
    try {
      if constexpr (std::is_void_v<U>) {
        p.take();
        result = true;
      } else {
        result.emplace(p.take());
      }
      any = true;
    } catch (const Cancelled&) {  // it lost
    }
    return result;
  }
  Scope& scope_;
};

/// co_await ThisScope() is the scope of the coroutine itself.
class ThisScope {
 public:
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) noexcept {
    scope_ = &scope_of(h);
    return false;
  }
  Scope& await_resume() const noexcept { return *scope_; }

 private:
  Scope* scope_ = nullptr;
};

/// What one coroutine sets and another waits for, of the same loop. A set that nobody waits for is kept, once. [home]
class Signal {
 public:
  class Awaiter final : Wait {
   public:
    explicit Awaiter(Signal& signal) noexcept : signal_(signal) {}
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept {
      scope_ = &scope_of(h);
      if (scope_->cancelled() || std::exchange(signal_.set_, false)) return false;
      waiting_ = h;
      signal_.waiter_ = this;
      scope_->add(*this);
      return true;
    }
    void await_resume() const {
      if (scope_->cancelled()) throw Cancelled();
    }

   private:
    friend class Signal;
    void cut() noexcept override { wake(); }
    /// Resumes at the next turn, so that what is set many times in one turn is seen once.
    void wake() noexcept {
      if (std::exchange(signal_.waiter_, nullptr) != this) return;
      scope_->host->post(
          scope_->ctx, scope_->loop,
          [](void* self) {
            auto* awaiter = static_cast<Awaiter*>(self);
            awaiter->unlink();
            awaiter->waiting_.resume();
          },
          this);
    }
    Signal& signal_;
    Scope* scope_ = nullptr;
    std::coroutine_handle<> waiting_;
  };

  void set() noexcept {
    if (waiter_)
      waiter_->wake();
    else
      set_ = true;
  }
  Awaiter wait() noexcept { return Awaiter(*this); }

 private:
  Awaiter* waiter_ = nullptr;
  bool set_ = false;
};

class ThisLoop {
 public:
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) noexcept {
    const Scope& scope = scope_of(h);
    loop_ = {scope.host, scope.ctx, scope.loop};
    return false;
  }
  Loop await_resume() const noexcept { return loop_; }

 private:
  Loop loop_{};
};

/// Awaits a task in another scope than the awaiting coroutine's.
template <class T>
struct InScope {
  Scope& scope;
  Task<T>& task;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) const {
    return start_child(task.handle(), task.handle().promise(), scope, parent);
  }
  T await_resume() const { return task.handle().promise().take(); }
};

/// A timer that cancels a scope. `co_await stop()` before it dies: the host still has to call back.
class Deadline {
 public:
  Deadline(Scope& scope, std::chrono::nanoseconds limit) noexcept : scope_(scope) {
    status_ = scope.host->timer(scope.ctx, scope.loop, nanoseconds(limit), &fired, this, &op_);
    if (status_ != AS_PENDING) scope_.cancel();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool passed() const noexcept { return status_ == AS_OK; }

  struct Stop {
    Deadline& deadline;
    bool await_ready() const noexcept { return deadline.status_ != AS_PENDING; }
    void await_suspend(std::coroutine_handle<> h) const noexcept {
      deadline.stopping_ = h;
      deadline.scope_.host->timer_cancel(deadline.op_);
    }
    void await_resume() const noexcept {}
  };
  Stop stop() noexcept { return {*this}; }

 private:
  static void fired(void* self, std::int32_t status) noexcept {
    auto* d = static_cast<Deadline*>(self);
    d->status_ = status;
    if (d->stopping_) return d->stopping_.resume();
    d->scope_.cancel();
  }

  Scope& scope_;
  as_op* op_ = nullptr;
  std::int32_t status_;
  std::coroutine_handle<> stopping_;
};

}  // namespace detail

/// `co_await this_loop()`: where this coroutine runs.
inline detail::ThisLoop this_loop() noexcept { return {}; }

/// Waits without holding the thread. Cut short by cancellation.
inline detail::Sleep sleep(std::chrono::nanoseconds duration) noexcept { return detail::Sleep(duration); }

/// Runs `work` on the server's pool for blocking calls and gives its result or its exception. `work` may refer to the
/// locals of the awaiting coroutine. It always runs to its end: cancellation does not interrupt it, the next wait
/// throws Cancelled instead. A full pool is a 503.
template <class F>
detail::Blocking<std::decay_t<F>> blocking(F&& work) {
  return detail::Blocking<std::decay_t<F>>(std::forward<F>(work));
}

/// Runs tasks side by side on this loop: `auto [a, b] = co_await when_all(f(), g());` (std::tuple<> for Task<void>).
/// Waits for all of them, then rethrows the first failure.
template <class... T>
detail::WhenAll<T...> when_all(Task<T>... tasks) noexcept {
  return detail::WhenAll<T...>(std::move(tasks)...);
}

/// Runs tasks side by side until the first of them ends: then the waits of the others end with Cancelled, and when all
/// have unwound: `auto [answer, gone] = co_await when_any(ask(), closed());` with an optional for each (a bool for
/// Task<void>); one of them, or more, is not empty. Rethrows the failure of any. As with every cancellation, a
/// blocking() that is running goes on to its end first.
template <class... T>
Task<std::tuple<detail::Perhaps<T>...>> when_any(Task<T>... tasks) {
  detail::Scope inner(co_await detail::ThisScope());
  co_return co_await detail::Race<T...>(inner, std::move(tasks)...);
}

/// Runs a task for at most `limit`; then its waits end with Cancelled, and the result is nullopt (false for
/// Task<void>).
template <class T>
Task<detail::Perhaps<T>> within(std::chrono::nanoseconds limit, Task<T> task) {
  detail::Scope& outer = co_await detail::ThisScope();
  detail::Scope inner(outer);
  detail::Deadline deadline(inner, limit);
  detail::Perhaps<T> result{};
  std::exception_ptr error;
  bool cut = false;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await detail::InScope<T>{inner, task};
      result = true;
    } else {
      result.emplace(co_await detail::InScope<T>{inner, task});
    }
  } catch (const Cancelled&) {
    cut = true;
  } catch (...) {
    error = std::current_exception();
  }
  const bool late = deadline.passed();
  co_await deadline.stop();
  if (error) std::rethrow_exception(error);
  if (cut && (!late || outer.cancelled())) throw Cancelled();
  co_return result;
}

}  // namespace v1
}  // namespace appserve
