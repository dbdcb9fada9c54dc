// From a handler's return value to a response, and the type-erased handler the app stores.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/extract.hpp>

namespace appserve {
inline namespace v1 {
namespace detail {

class Exchange;
struct Endpoint;
const Endpoint& endpoint_of(Exchange& x) noexcept;

/// A response that is ready, or a task that will make it. Await it once.
class Answer {
 public:
  explicit Answer(Response ready) noexcept : response_(std::move(ready)), ready_(true) {}
  template <class T>
  Answer(Task<T> task, Exchange& exchange, Response (*take)(PromiseBase&, Exchange&)) noexcept
      : promise_(&task.handle().promise()), take_(take), exchange_(&exchange) {
    task_ = task.release();
  }
  Answer(Task<Response> task, Exchange& exchange) noexcept
      : Answer(std::move(task), exchange,
               [](PromiseBase& p, Exchange&) { return static_cast<Promise<Response>&>(p).take(); }) {}
  Answer(Answer&& other) noexcept
      : task_(std::exchange(other.task_, {})),
        promise_(other.promise_),
        take_(other.take_),
        exchange_(other.exchange_),
        ready_(other.ready_) {
    if (ready_) new (&response_) Response(std::move(other.response_));
  }
  Answer& operator=(Answer&&) = delete;
  ~Answer() {
    if (ready_) response_.~Response();
    if (task_) task_.destroy();
  }

  bool ready() const noexcept { return ready_; }
  /// Once it is ready.
  Response& response() noexcept { return response_; }

  /// Runs the task as far as it goes without waiting: most handlers need no more, and so no coroutine around them.
  /// True: ready() now. Throws what the app has no answer for.
  bool make(Scope& scope) {
    if (ready_) return true;
    promise_->scope = &scope;
    task_.resume();
    if (!task_.done()) return false;
    new (&response_) Response(outcome());
    return ready_ = true;
  }

  bool await_ready() const noexcept { return ready_; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> parent) {
    if (!promise_->scope) return start_child(task_, *promise_, scope_of(parent), parent);
    promise_->continuation = parent;
    return true;
  }
  Response await_resume() { return ready_ ? std::move(response_) : outcome(); }

 private:
  Response outcome();

  union {
    Response response_;  // when ready_
  };
  std::coroutine_handle<> task_;
  PromiseBase* promise_ = nullptr;
  Response (*take_)(PromiseBase&, Exchange&) = nullptr;
  Exchange* exchange_ = nullptr;
  bool ready_ = false;
};

/// A handler of any type. Lives as long as the app.
struct Endpoint {
  virtual ~Endpoint() = default;
  /// Calls the handler and sends its result, with nothing allocated. Only if `direct`.
  virtual std::int32_t run(const as_host& host, Request& request) = 0;
  virtual Answer answer(Exchange& exchange, Request& request) = 0;
  /// An error in the language the handler speaks: JSON or plain text.
  virtual Response error(int status, std::string_view text) const = 0;

  bool direct = false;
  bool needs_body = false;
};

inline Response plain_error(int status, std::string_view text) {
  if (status < 200 || status == 204 || status == 304) return Response(status);
  return {status, std::string(text.empty() ? reason(status) : text) + "\n"};
}

template <class T>
inline constexpr bool is_pair = false;
template <class A, class B>
inline constexpr bool is_pair<std::pair<A, B>> = true;

template <class T>
concept Text = !std::is_void_v<T> && std::is_convertible_v<std::add_lvalue_reference_t<const T>, std::string_view>;

/// What a handler's result is, without the Task, optional or pair around it.
template <class R>
struct Payload {
  using Type = R;
};
template <class T>
struct Payload<Task<T>> : Payload<T> {};
template <class T>
struct Payload<std::optional<T>> : Payload<T> {};
template <class A, class B>
  requires std::is_integral_v<A>
struct Payload<std::pair<A, B>> : Payload<B> {};

template <class R>
using PayloadOf = typename Payload<std::remove_cvref_t<R>>::Type;

inline Response as_response(const Endpoint&, Response&& r) noexcept { return std::move(r); }

template <class T>
Response as_response(const Endpoint& endpoint, T&& value) {
  using V = std::remove_cvref_t<T>;
  if constexpr (Text<V>) {
    return Response::text(std::string(std::forward<T>(value)));
  } else if constexpr (is_optional<V>) {
    return value ? as_response(endpoint, *std::forward<T>(value)) : endpoint.error(404, {});
  } else if constexpr (!std::is_same_v<PayloadOf<V>, V>) {
    Response r = as_response(endpoint, std::forward<T>(value).second);
    return std::move(r.status(static_cast<int>(value.first)));
  } else {
    return Response::json(value);
  }
}

/// Sends without making a Response where the result is text.
template <class T>
std::int32_t send_result(const as_host& host, as_req* req, const Endpoint& endpoint, T&& value, int status = 200) {
  using V = std::remove_cvref_t<T>;
  if constexpr (Text<V>) {
    const std::string_view text = value;
    if (text.size() < Sender::kCopyBelow) return Sender::text(host, req, status, "text/plain; charset=utf-8", text);
  } else if constexpr (is_optional<V>) {
    if (value) return send_result(host, req, endpoint, *std::forward<T>(value), status);
  } else if constexpr (is_pair<V> && !std::is_same_v<PayloadOf<V>, V>) {
    return send_result(host, req, endpoint, std::forward<T>(value).second, static_cast<int>(value.first));
  }
  Response r = as_response(endpoint, std::forward<T>(value));
  if (status != 200) r.status(status);
  return Sender::whole(host, req, r);
}

/// A tuple of a handler's parameters, cheap to compile.
template <std::size_t I, class T>
struct SlotAt {
  T value{};
};
template <class I, class... T>
struct SlotsOf;
template <std::size_t... I, class... T>
struct SlotsOf<std::index_sequence<I...>, T...> : SlotAt<I, T>... {};
template <std::size_t I, class T>
T& slot(SlotAt<I, T>& at) noexcept {
  return at.value;
}

template <class F, class... A>
class Handler final : public Endpoint {
  using R = typename Signature<F>::Result;
  static constexpr bool kTask = is_task<std::remove_cvref_t<R>>;
  static constexpr bool kJson =
      (HasJson<PayloadOf<R>> && !Text<PayloadOf<R>>) || (Extractor<std::remove_cvref_t<A>>::kJson || ...);
  static constexpr std::size_t kBodies = (std::size_t{0} + ... + std::size_t{Extractor<std::remove_cvref_t<A>>::kBody});
  static_assert(std::is_void_v<PayloadOf<R>> || std::is_same_v<PayloadOf<R>, Response> || Text<PayloadOf<R>> ||
                    HasJson<PayloadOf<R>>,
                "a handler returns text, Response, an optional or pair{status, x} of those, or, with "
                "<appserve/json.hpp> included, anything that has a JSON form");
  static_assert(kBodies <= 1, "a handler has one body: only one parameter can come from it");
  static_assert(!kTask || ((!std::is_reference_v<A> || std::is_same_v<std::remove_cvref_t<A>, Request>) && ...),
                "a coroutine outlives its caller: take its parameters by value (but Request&)");
  static_assert(!kTask || (!std::is_same_v<std::remove_cvref_t<A>, std::string_view> && ...),
                "a coroutine outlives its caller: take std::string instead of std::string_view");

 public:
  explicit Handler(F f) : f_(std::move(f)) {
    direct = !kTask && !std::is_same_v<PayloadOf<R>, Response>;
    needs_body = kBodies != 0;
  }

  std::int32_t run(const as_host& host, Request& request) override {
    if constexpr (!kTask && !std::is_same_v<PayloadOf<R>, Response>) {
      Slots slots;
      if (Rejection no; !extract(request, slots, no, std::index_sequence_for<A...>())) {
        Response r = error(no.status, no.text);
        return Sender::whole(host, request.raw(), r);
      }
      if constexpr (std::is_void_v<R>) {
        call(slots, std::index_sequence_for<A...>());
        return Sender::text(host, request.raw(), 204, {}, {});
      } else {
        return send_result(host, request.raw(), *this, call(slots, std::index_sequence_for<A...>()));
      }
    } else {
      return AS_ESTATE;
    }
  }

  Answer answer(Exchange& exchange, Request& request) override {
    Slots slots;
    if (Rejection no; !extract(request, slots, no, std::index_sequence_for<A...>()))
      return Answer(error(no.status, no.text));
    if constexpr (kTask) {
      using Promised = typename std::remove_cvref_t<R>::promise_type;
      return Answer(call(slots, std::index_sequence_for<A...>()), exchange, [](PromiseBase& base, Exchange& x) {
        auto& promise = static_cast<Promised&>(base);
        if constexpr (std::is_void_v<typename std::remove_cvref_t<R>::value_type>) {
          promise.take();
          return Response(204);
        } else {
          return as_response(endpoint_of(x), promise.take());
        }
      });
    } else if constexpr (std::is_void_v<R>) {
      call(slots, std::index_sequence_for<A...>());
      return Answer(Response(204));
    } else {
      return Answer(as_response(*this, call(slots, std::index_sequence_for<A...>())));
    }
  }

  Response error(int status, std::string_view text) const override {
    if constexpr (kJson)
      if (status >= 400)
        return std::move(Response::json(JsonError<PayloadOf<R>>{text.empty() ? reason(status) : text}).status(status));
    return plain_error(status, text);
  }

 private:
  using Slots = SlotsOf<std::index_sequence_for<A...>, typename Extractor<std::remove_cvref_t<A>>::Slot...>;

  template <std::size_t... I>
  static bool extract([[maybe_unused]] Request& request, [[maybe_unused]] Slots& slots, [[maybe_unused]] Rejection& no,
                      std::index_sequence<I...>) {
    [[maybe_unused]] std::size_t next = 0;
    return (Extractor<std::remove_cvref_t<A>>::get(request, Extractor<std::remove_cvref_t<A>>::kPath ? next++ : 0,
                                                   slot<I>(slots), no) &&
            ...);
  }
  template <std::size_t... I>
  R call([[maybe_unused]] Slots& slots, std::index_sequence<I...>) {
    return f_(Extractor<std::remove_cvref_t<A>>::pass(slot<I>(slots))...);
  }

  F f_;
};

template <class F>
Box<Endpoint> make_endpoint(F f) {
  using Decayed = std::decay_t<F>;
  return []<class... A>(Decayed&& g, std::type_identity<void(A...)>) -> Box<Endpoint> {
    return Box(new Handler<Decayed, A...>(std::move(g)));
  }(std::move(f), typename Signature<Decayed>::Arguments());
}

}  // namespace detail
}  // namespace v1
}  // namespace appserve
