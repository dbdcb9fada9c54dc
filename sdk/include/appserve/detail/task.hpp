// Task<T>: a coroutine that starts when it is awaited. Knows its scope, nothing of HTTP.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/scope.hpp>
#include <coroutine>

namespace appserve {
inline namespace v1 {

template <class T = void>
class Task;

namespace detail {

/// Resumes `continuation` when the last of `count` tasks ends; in a race the first to end cancels `race`. All on one
/// loop, hence no atomic.
struct Join {
  std::size_t count = 0;
  std::coroutine_handle<> continuation{};
  Scope* race = nullptr;

  std::coroutine_handle<> one_ended() noexcept {
    if (race) std::exchange(race, nullptr)->cancel();
    return --count == 0 ? continuation : std::noop_coroutine();
  }
};

struct PromiseBase : FromHost {
  /// A child that ends while its parent is still starting it just returns there; later it transfers to the parent.
  /// So a loop over ready children needs no stack, whatever the optimiser does with symmetric transfer.
  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) const noexcept {
      PromiseBase& p = self.promise();
      if (p.join) return p.join->one_ended();
      return p.continuation ? p.continuation : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  Scope* scope = nullptr;
  std::coroutine_handle<> continuation;  // empty while the parent is starting this task
  Join* join = nullptr;
  std::exception_ptr error;
};

template <class T>
struct Promise final : PromiseBase {
  Task<T> get_return_object() noexcept;
  template <class U>
    requires std::is_convertible_v<U&&, T>
  void return_value(U&& value) {
    result.emplace(std::forward<U>(value));
  }
  /// Where it is: whoever takes it moves it.
  T&& take() {
    if (error) std::rethrow_exception(std::move(error));
    return std::move(*result);
  }
  std::optional<T> result;
};

template <>
struct Promise<void> final : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() {
    if (error) std::rethrow_exception(std::move(error));
  }
};

/// The scope of the coroutine that awaits; says so when it is not one of ours.
template <class P>
Scope& scope_of(std::coroutine_handle<P> h) noexcept {
  static_assert(std::is_base_of_v<PromiseBase, P>, "await this inside a coroutine that returns appserve::Task<...>");
  return *h.promise().scope;
}

/// Runs the child now. True: it waits, and `parent` will be resumed when it ends.
inline bool start_child(std::coroutine_handle<> child, PromiseBase& promise, Scope& scope,
                        std::coroutine_handle<> parent) {
  promise.scope = &scope;
  child.resume();
  if (child.done()) return false;
  promise.continuation = parent;
  return true;
}

}  // namespace detail

/// The result of a coroutine: `Task<std::string> f() { co_await sleep(1s); co_return "x"; }`. Starts when awaited, in
/// the scope of the awaiting coroutine, on its loop. Await it once. Destroying it destroys the coroutine.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using value_type = T;

  Task() = default;
  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  struct Awaiter {
    std::coroutine_handle<promise_type> child;
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> parent) const {
      return detail::start_child(child, child.promise(), detail::scope_of(parent), parent);
    }
    T await_resume() const { return child.promise().take(); }
  };
  Awaiter operator co_await() const noexcept { return {handle_}; }

  /// For what runs tasks: the coroutine, and the coroutine with its ownership.
  std::coroutine_handle<promise_type> handle() const noexcept { return handle_; }
  std::coroutine_handle<promise_type> release() noexcept { return std::exchange(handle_, {}); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;

/// The root of a chain: starts at once, frees itself. Its body catches everything.
struct Detached {
  struct promise_type : PromiseBase {
    explicit promise_type(Scope& s) noexcept { scope = &s; }
    template <class... Rest>
    explicit promise_type(Scope& s, Rest&...) noexcept {
      scope = &s;
    }
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
