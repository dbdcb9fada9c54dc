// What App::use, on_error, on_start, every and on_stop store: middleware of each kind, error handlers, hooks.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/exchange.hpp>

namespace appserve {
inline namespace v1 {
namespace detail {

template <class F>
struct Around final : Middleware {
  explicit Around(F f) : f_(std::move(f)) {}
  Answer call(Exchange& exchange, Request& request, std::size_t level) override {
    using R = typename Signature<F>::Result;
    static_assert(std::is_same_v<R, Task<Response>>, "a middleware (Request&, Next) returns Task<Response>");
    return Answer(f_(request, Next(exchange, level + 1)), exchange);
  }
  F f_;
};

template <class F>
struct Before final : Middleware {
  explicit Before(F f) : f_(std::move(f)) {}
  Answer call(Exchange& exchange, Request& request, std::size_t level) override {
    if constexpr (std::is_void_v<typename Signature<F>::Result>) {
      f_(request);
    } else {
      static_assert(std::is_same_v<typename Signature<F>::Result, std::optional<Response>>,
                    "a middleware (Request&) returns void or std::optional<Response>");
      if (std::optional<Response> r = f_(request)) return Answer(std::move(*r));
    }
    return exchange.chain(level + 1);
  }
  F f_;
};

template <class F>
struct After final : Middleware {
  explicit After(F f) : f_(std::move(f)) {}
  Answer call(Exchange& exchange, Request& request, std::size_t level) override {
    Answer answer = exchange.chain(level + 1);
    if (!answer.ready()) return Answer(later(request, std::move(answer)), exchange);
    f_(request, answer.response());
    return answer;
  }
  Task<Response> later(Request& request, Answer answer) {
    Response r = co_await answer;
    f_(request, r);
    co_return r;
  }
  F f_;
};

template <class F, class E>
struct ErrorHandlerOf final : ErrorHandler {
  explicit ErrorHandlerOf(F f) : f_(std::move(f)) {}
  bool handle(const std::exception_ptr& error, Request& request, const Endpoint* e, Response& answer) override {
    const Endpoint plain;
    try {
      std::rethrow_exception(error);
    } catch (const E& failure) {
      if constexpr (std::is_invocable_v<F&, const E&, Request&>)
        answer = as_response(e ? *e : plain, f_(failure, request));
      else
        answer = as_response(e ? *e : plain, f_(failure));
      return true;
    } catch (...) {
      return false;
    }
  }
  F f_;
};

template <class F>
struct StopHookOf final : StopHook {
  explicit StopHookOf(F f) : f_(std::move(f)) {}
  void run() noexcept override { f_(); }
  F f_;
};

template <class F>
struct HealthCheckOf final : HealthCheck {
  static_assert(std::is_same_v<std::invoke_result_t<F&>, std::optional<std::string>>,
                "a health check gives std::optional<std::string>: empty, or why requests should not come");
  explicit HealthCheckOf(F f) : f_(std::move(f)) {}
  std::int32_t run(as_error* error) override {
    const std::optional<std::string> why = f_();
    return why ? set_error(error, AS_EFAIL, *why) : AS_OK;
  }
  F f_;
};

template <class H>
Detached run_hook(Scope& scope, H& hook) {
  try {
    co_await hook.run();
  } catch (const Cancelled&) {
  } catch (...) {
    Log(scope.host, scope.ctx).error("a background task failed: " + describe(std::current_exception()));
  }
}

template <class F>
struct HookOf final : Hook {
  explicit HookOf(F f) : f_(std::move(f)) {}
  void start(Scope& scope) override { run_hook(scope, *this); }
  Task<> run() {
    if constexpr (std::is_void_v<typename Signature<F>::Result>)
      f_();
    else
      co_await f_();
    co_return;
  }
  F f_;
};

template <class F>
struct Periodic final : Hook {
  Periodic(std::chrono::nanoseconds period, F f) : period_(period), f_(std::move(f)) {}
  void start(Scope& scope) override { run_hook(scope, *this); }
  Task<> run() {
    const Scope& scope = co_await ThisScope();
    for (;;) {
      co_await sleep(period_);
      try {
        if constexpr (std::is_void_v<typename Signature<F>::Result>)
          f_();
        else
          co_await f_();
      } catch (const std::exception&) {
        const std::string text = "a periodic task failed: " + describe(std::current_exception());
        Log(scope.host, scope.ctx).error(text);
      }
    }
  }
  std::chrono::nanoseconds period_;
  F f_;
};

template <class F>
Detached run_in_group(Scope& scope, TaskRoom& room, F task) {
  ++room.running;
  try {
    co_await task();
  } catch (const Cancelled&) {
  } catch (...) {
    Log(scope.host, scope.ctx).error("a background task failed: " + describe(std::current_exception()));
  }
  --room.running;
}

template <class F>
struct FirstArgument;
template <class R, class A, class... Rest>
struct FirstArgument<std::type_identity<R(A, Rest...)>> {
  using Type = std::remove_cvref_t<A>;
};

}  // namespace detail

inline detail::Answer Next::operator()(Request&) const { return exchange_->chain(level_); }

template <class F>
Group& Group::use(F middleware) {
  detail::Stored* made = nullptr;
  if constexpr (std::is_invocable_v<F&, Request&, Next>)
    made = new detail::Around<F>(std::move(middleware));
  else if constexpr (std::is_invocable_v<F&, Request&, Response&>)
    made = new detail::After<F>(std::move(middleware));
  else
    made = new detail::Before<F>(std::move(middleware));
  layer_->middleware.add(detail::Box(made));
  core_->exchange = &detail::start_exchange<void>;
  return *this;
}

template <class F>
App& App::on_error(F handler) {
  using E = typename detail::FirstArgument<typename detail::Signature<F>::Arguments>::Type;
  core_->error_handlers.add(detail::Box<detail::Stored>(new detail::ErrorHandlerOf<F, E>(std::move(handler))));
  return *this;
}

template <class F>
App& App::on_start(F task) {
  core_->background.add(detail::Box<detail::Stored>(new detail::HookOf<F>(std::move(task))));
  return *this;
}

template <class F>
App& App::every(std::chrono::nanoseconds period, F f) {
  core_->background.add(detail::Box<detail::Stored>(new detail::Periodic<F>(period, std::move(f))));
  return *this;
}

template <class F>
void TaskGroup::start(const Request& request, F task) const {
  static_assert(std::is_same_v<std::invoke_result_t<F&>, Task<>>, "a task group starts functions () -> Task<>");
  detail::TaskRoom& room = data_->rooms[request.loop_index()];
  if (room.running >= data_->most) throw HttpError(503, "too much work is waiting");
  detail::run_in_group(room.scope, room, std::move(task));
}

template <class F>
App& App::health(F check) {
  core_->health_checks.add(detail::Box<detail::Stored>(new detail::HealthCheckOf<F>(std::move(check))));
  return *this;
}

template <class F>
App& App::on_stop(F f) {
  core_->on_stop.add(detail::Box<detail::Stored>(new detail::StopHookOf<F>(std::move(f))));
  return *this;
}

}  // namespace v1
}  // namespace appserve
