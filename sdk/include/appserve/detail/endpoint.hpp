// From a handler's return value to a response, and the type-erased handler the app stores.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/extract.hpp>

namespace appserve {
inline namespace v1 {
namespace detail {

struct Endpoint;
class Answer;
class Outcome;

/// One request on its way through middleware and handler.
class Exchange {
 public:
  virtual ~Exchange() = default;
  /// The rest of the middleware from `level` on, and the handler.
  virtual Answer chain(std::size_t level) = 0;
  /// What the app makes of a failure; rethrows what it has no answer for.
  virtual Response recover(const std::exception_ptr& error) = 0;
  virtual const Endpoint& endpoint() const noexcept = 0;
};

/// A response that is ready, or a task that will make it. Await it once.
class Answer {
 public:
  explicit Answer(Response ready) noexcept : response_(std::move(ready)), ready_(true) {}
  /// `take` makes a response of the task's result; `tell`, if there is one, hands the result on without.
  template <class T>
  Answer(Task<T> task, Exchange& exchange, Response (*take)(PromiseBase&, Exchange&),
         void (*tell)(PromiseBase&, Exchange&, Outcome&) = nullptr) noexcept
      : promise_(&task.handle().promise()), take_(take), tell_(tell), exchange_(&exchange) {
    task_ = task.release();
  }
  Answer(Task<Response> task, Exchange& exchange) noexcept
      : Answer(std::move(task), exchange,
               [](PromiseBase& p, Exchange&) { return static_cast<Promise<Response>&>(p).take(); }) {}
  Answer(Answer&& other) noexcept
      : task_(std::exchange(other.task_, {})),
        promise_(other.promise_),
        take_(other.take_),
        tell_(other.tell_),
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
  /// Once it is ready, or has run to its end. Throws what the app has no answer for.
  Response& response() {
    if (!ready_) new (&response_) Response(outcome());
    ready_ = true;
    return response_;
  }

  /// Runs the task as far as it goes without waiting: most handlers need no more, and so no coroutine around them.
  /// True: it has run to its end.
  bool run(Scope& scope) {
    if (ready_) return true;
    promise_->scope = &scope;
    task_.resume();
    return task_.done();
  }
  /// After run(): hands a result that needs no response on as it is. False: there is a response().
  bool tell(Outcome& out) {
    if (ready_ || !tell_) return false;
    try {
      tell_(*promise_, *exchange_, out);
      return true;
    } catch (...) {
      new (&response_) Response(exchange_->recover(std::current_exception()));
      return !(ready_ = true);
    }
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
  Response outcome() {
    try {
      return take_(*promise_, *exchange_);
    } catch (...) {
      return exchange_->recover(std::current_exception());
    }
  }

  union {
    Response response_;  // when ready_
  };
  std::coroutine_handle<> task_;
  PromiseBase* promise_ = nullptr;
  Response (*take_)(PromiseBase&, Exchange&) = nullptr;
  void (*tell_)(PromiseBase&, Exchange&, Outcome&) = nullptr;
  Exchange* exchange_ = nullptr;
  bool ready_ = false;
};

inline Response plain_error(int status, std::string_view text) {
  if (status < 200 || status == 204 || status == 304) return Response(status);
  return {status, joined({text.empty() ? reason(status) : text, "\n"})};
}

/// A handler of any type. Lives as long as the app.
struct Endpoint {
  virtual ~Endpoint() = default;

  /// An error in the language the handler speaks: plain text, or JSON.
  Response (*error)(int status, std::string_view text) = &plain_error;
  bool direct = false;  // which of the two below it is
  bool needs_body = false;
};

/// Tells the host that a request failed: it logs and answers 500.
inline void report_failure(const as_host& host, as_req* req, const std::exception_ptr& error) noexcept {
  const std::string why = describe(error);
  host.fail(req, str(why));
}

/// A response the host refused (a header with a line break, say) is a failure of the handler.
inline void check_sent(const as_host& host, as_req* req, std::int32_t status) noexcept {
  if (status >= 0 || status == AS_EGONE || status == AS_ECANCELED) return;
  static constexpr std::string_view kWhy = "the server refused the response: invalid status, header or order of calls";
  host.fail(req, str(kWhy));
}

/// Where a result goes: to the host at once, or into a Response, for whoever comes after the handler.
class Outcome {
 public:
  Outcome(const as_host& host, as_req* req) noexcept : host_(&host), req_(req) {}
  /// `into` is as new.
  explicit Outcome(Response& into) noexcept : into_(&into) {}

  void text(std::string_view body, int status) {
    if (!sent(body, status)) text(std::string(body), status);
  }
  void text(std::string&& body, int status) {
    if (into_) {  // nothing is in it yet: assigning a whole Response costs more than the handler
      into_->status_ = status;
      into_->fixed_type_ = Response::kPlain;
      into_->body_ = std::move(body);
    } else if (!sent(body, status)) {
      response(Response(status, std::move(body)));
    }
  }
  void nothing() {
    if (into_)
      *into_ = Response(204);
    else
      check_sent(*host_, req_, Sender::text(*host_, req_, 204, {}, {}));
  }
  void response(Response&& r) {
    if (into_)
      *into_ = std::move(r);
    else
      check_sent(*host_, req_, Sender::whole(*host_, req_, r));
  }

 private:
  bool sent(std::string_view body, int status) noexcept {
    if (into_ || body.size() >= Sender::kCopyBelow) return false;
    check_sent(*host_, req_, Sender::text(*host_, req_, status, Response::kPlain, body));
    return true;
  }
  const as_host* host_ = nullptr;
  as_req* req_ = nullptr;
  Response* into_ = nullptr;
};

/// One that is done when it returns, with a whole response.
struct DirectEndpoint : Endpoint {
  virtual void run(Request& request, Outcome& out) = 0;
};

/// One that may wait, or whose response may be a stream.
struct WaitingEndpoint : Endpoint {
  virtual Answer answer(Exchange& exchange, Request& request) = 0;
};

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

/// A handler's result on its way: text as it is, a Response, what an optional has (nothing: 404), what a pair has, with
/// its status, and everything else as JSON.
template <class T>
void conclude(const Endpoint& endpoint, T&& result, Outcome& out, int status = 200) {
  using V = std::remove_cvref_t<T>;
  if constexpr (std::is_same_v<V, Response>) {
    if (status != 200) result.status(status);
    out.response(std::move(result));
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.text(std::move(result), status);
  } else if constexpr (Text<V>) {
    out.text(std::string_view(result), status);
  } else if constexpr (is_optional<V>) {
    if (result)
      conclude(endpoint, *std::forward<T>(result), out, status);
    else
      out.response(endpoint.error(404, {}));
  } else if constexpr (!std::is_same_v<PayloadOf<V>, V>) {
    conclude(endpoint, std::forward<T>(result).second, out, static_cast<int>(result.first));
  } else {
    out.response(std::move(Response::json(result).status(status)));
  }
}

template <class T>
Response as_response(const Endpoint& endpoint, T&& result) {
  Response r;
  Outcome out(r);
  conclude(endpoint, std::forward<T>(result), out);
  return r;
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

template <class T>
Response json_error(int status, std::string_view text) {
  if (status < 400) return plain_error(status, text);
  return std::move(Response::json(JsonError<T>{text.empty() ? reason(status) : text}).status(status));
}

/// What the two kinds of handlers share: their parameters and what they may be.
template <class F, class... A>
class Call {
 public:
  using R = typename Signature<F>::Result;
  static constexpr bool kTask = is_task<std::remove_cvref_t<R>>;
  static constexpr bool kDirect = !kTask && !std::is_same_v<PayloadOf<R>, Response>;
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

  explicit Call(F f) : f_(std::move(f)) {}

  static void describe(Endpoint& endpoint) noexcept {
    endpoint.direct = kDirect;
    endpoint.needs_body = kBodies != 0;
    if constexpr (kJson) endpoint.error = &json_error<PayloadOf<R>>;
  }

 protected:
  using Indices = std::index_sequence_for<A...>;
  using Slots = SlotsOf<Indices, typename Extractor<std::remove_cvref_t<A>>::Slot...>;

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

 private:
  F f_;
};

template <class F, class... A>
class DirectHandler final : public DirectEndpoint, Call<F, A...> {
 public:
  explicit DirectHandler(F f) : Call<F, A...>(std::move(f)) { this->describe(*this); }

  void run(Request& request, Outcome& out) override {
    Slots slots;
    if (Rejection no; !this->extract(request, slots, no, Indices())) return out.response(error(no.status, no.text));
    if constexpr (std::is_void_v<R>) {
      this->call(slots, Indices());
      out.nothing();
    } else {
      conclude(*this, this->call(slots, Indices()), out);
    }
  }

 private:
  using typename Call<F, A...>::R;
  using typename Call<F, A...>::Indices;
  using typename Call<F, A...>::Slots;
};

template <class F, class... A>
class WaitingHandler final : public WaitingEndpoint, Call<F, A...> {
 public:
  explicit WaitingHandler(F f) : Call<F, A...>(std::move(f)) { this->describe(*this); }

  Answer answer(Exchange& exchange, Request& request) override {
    Slots slots;
    if (Rejection no; !this->extract(request, slots, no, Indices())) return Answer(error(no.status, no.text));
    if constexpr (Call<F, A...>::kTask) {
      using Promised = typename std::remove_cvref_t<R>::promise_type;
      using Result = typename std::remove_cvref_t<R>::value_type;
      if constexpr (std::is_void_v<Result>)
        return Answer(this->call(slots, Indices()), exchange, [](PromiseBase& base, Exchange&) {
          static_cast<Promised&>(base).take();
          return Response(204);
        });
      else if constexpr (std::is_same_v<PayloadOf<Result>, Response>)  // may be a stream
        return Answer(this->call(slots, Indices()), exchange, [](PromiseBase& base, Exchange& x) {
          return as_response(x.endpoint(), static_cast<Promised&>(base).take());
        });
      else
        return Answer(
            this->call(slots, Indices()), exchange,
            [](PromiseBase& base, Exchange& x) {
              return as_response(x.endpoint(), static_cast<Promised&>(base).take());
            },
            [](PromiseBase& base, Exchange& x, Outcome& out) {
              conclude(x.endpoint(), static_cast<Promised&>(base).take(), out);
            });
    } else {
      return Answer(as_response(*this, this->call(slots, Indices())));
    }
  }

 private:
  using typename Call<F, A...>::R;
  using typename Call<F, A...>::Indices;
  using typename Call<F, A...>::Slots;
};

template <class F, class Arguments = typename Signature<F>::Arguments>
struct HandlerOf;
template <class F, class... A>
struct HandlerOf<F, std::type_identity<void(A...)>> {
  using Type = std::conditional_t<Call<F, A...>::kDirect, DirectHandler<F, A...>, WaitingHandler<F, A...>>;
  static constexpr bool kNeedsExchange = !Call<F, A...>::kDirect || Call<F, A...>::kBodies != 0;
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
