// One request on its way through middleware and handler, from handle() to release().
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/app.hpp>

namespace appserve {
inline namespace v1 {
namespace detail {

/// The part of an app instance that belongs to one loop. [home]
struct LoopState final : Stored {
  LoopState(const as_host* host, as_ctx* ctx, as_loop* loop) noexcept
      : background(host, ctx, loop), streams(host, ctx, loop) {}
  Scope background;  // tasks tied to the app's life
  Scope streams;     // event streams, which end when the app drains
};

/// What the app makes of a failure; rethrows what it has no answer for.
inline Response recovered(const Core& core, const std::exception_ptr& error, Request& request,
                          const Endpoint* endpoint) {
  Response answer;
  for (ErrorHandler& handler : core.error_handlers)
    if (handler.handle(error, request, endpoint, answer)) return answer;
  try {
    std::rethrow_exception(error);
  } catch (const HttpError& e) {
    return endpoint ? endpoint->error(e.status(), e.text()) : plain_error(e.status(), e.text());
  }
}

/// 404, 405 or the automatic OPTIONS.
inline Response unrouted(const Core& core, const Match& match, const as_req& req) {
  std::string allow;
  if (view(req.path) == "*") {
    Allow all;
    for (const Route& route : core.routes) all.add(&route);
    allow = all.text();
  } else if (match.known_path) {
    allow = core.router.allowed(view(req.path));
  } else {
    return plain_error(404, {});
  }
  Response r = req.method == AS_OPTIONS ? Response(204) : plain_error(405, {});
  return std::move(r.header("allow", allow));
}

/// Made for requests that cannot be answered with the stack alone. A template, because g++ makes every other coroutine,
/// needed or not: an app whose handlers wait for nothing has none of it.
template <class Needed>
class RunningExchange final : public Exchange, public FromHost {
 public:
  RunningExchange(const as_host* host, const Core& core, LoopState& loop, as_req* req, Match&& match)
      : request_(host, loop.streams.ctx, req),
        scope_(host, loop.streams.ctx, loop.streams.loop),
        core_(core),
        loop_(loop),
        match_(std::move(match)) {
    if (match_.route) request_.matched(match_.route->pattern, match_.params);
  }

  /// Answers `req` now (AS_OK) or later (AS_PENDING); owns itself.
  static std::int32_t start(Box<RunningExchange> x) noexcept;

  Answer chain(std::size_t level) override;
  Response recover(const std::exception_ptr& error) override {
    return recovered(core_, error, request_, match_.route ? match_.route->endpoint.get() : nullptr);
  }

  const Endpoint& endpoint() const noexcept override { return *match_.route->endpoint; }

 private:
  Answer handler_answer();
  Answer called();
  Task<Response> after_body();
  Task<> stream(Response& response);
  static Detached run(Scope& scope, RunningExchange* x, Answer answer);
  void send(Response& response);
  void fail(const std::exception_ptr& error) noexcept;
  void cancelled() noexcept;
  void end() noexcept;

  Request request_;
  Scope scope_;
  const Core& core_;
  LoopState& loop_;
  Match match_;
  bool* finished_ = nullptr;  // set while start() is still on the stack
};

template <class N>
Answer RunningExchange<N>::chain(std::size_t level) {
  try {
    const auto& middleware = match_.route ? match_.route->chain : core_.chain;
    if (level < middleware.size()) return static_cast<Middleware*>(middleware[level])->call(*this, request_, level);
    return handler_answer();
  } catch (...) {
    return Answer(recover(std::current_exception()));
  }
}

template <class N>
Answer RunningExchange<N>::handler_answer() {
  if (!match_.route) return Answer(unrouted(core_, match_, *request_.raw()));
  if (!endpoint().needs_body || (request_.raw()->flags & AS_REQ_BODY_COMPLETE)) return called();
  return Answer(after_body(), *this);
}

template <class N>
Answer RunningExchange<N>::called() {
  Endpoint& endpoint = *match_.route->endpoint;
  if (!endpoint.direct) return static_cast<WaitingEndpoint&>(endpoint).answer(*this, request_);
  Response r;
  Outcome out(r);
  static_cast<DirectEndpoint&>(endpoint).run(request_, out);
  return Answer(std::move(r));
}

template <class N>
Task<Response> RunningExchange<N>::after_body() {
  CollectBody body(scope_.host, request_.raw(), core_.max_body);
  const std::int32_t status = co_await body;
  if (status == AS_ETOOBIG) co_return endpoint().error(413, {});
  raise(status, "reading the body");
  request_.collected_body(body.body());
  Answer answer = called();
  co_return co_await answer;
}

template <class N>
std::int32_t start_exchange(const as_host* host, const Core& core, LoopState& loop, as_req* req, Match&& match) {
  return RunningExchange<N>::start(Box(new RunningExchange<N>(host, core, loop, req, std::move(match))));
}

template <class N>
std::int32_t RunningExchange<N>::start(Box<RunningExchange> x) noexcept {
  const as_host& host = *x->scope_.host;
  as_req* req = x->request_.raw();
  try {
    Answer answer = x->chain(0);
    if (answer.run(x->scope_)) {
      Outcome out(host, req);
      if (answer.tell(out)) return AS_OK;
      if (!answer.response().streaming()) return x->send(answer.response()), AS_OK;
    }
    bool finished = false;
    RunningExchange* running = x.get();
    running->finished_ = &finished;
    run(running->scope_, running, std::move(answer));
    x.release();  // it owns itself now, or is gone already
    if (finished) return AS_OK;
    running->finished_ = nullptr;
    host.on_cancel(req, [](void* self) { static_cast<RunningExchange*>(self)->scope_.cancel(); }, running);
    return AS_PENDING;
  } catch (const Cancelled&) {
    x->cancelled();
  } catch (...) {
    report_failure(host, req, std::current_exception());
  }
  return AS_OK;
}

template <class N>
Detached RunningExchange<N>::run(Scope&, RunningExchange* x, Answer answer) {
  try {
    Response response = co_await answer;
    if (response.streaming())
      co_await x->stream(response);
    else
      x->send(response);
  } catch (const Cancelled&) {
    x->cancelled();
  } catch (...) {
    x->fail(std::current_exception());
  }
  {
    const Answer done = std::move(answer);
  }  // the handler's frame goes before the request does
  x->end();
}

template <class N>
Task<> RunningExchange<N>::stream(Response& response) {
  const as_host& host = *scope_.host;
  as_req* req = request_.raw();
  if (const auto status = Sender::begin(host, req, response); status < 0) co_return check_sent(host, req, status);
  std::exception_ptr error;
  bool complete = true;
  if (req->method != AS_HEAD) {
    const bool events = Sender::heartbeat(response).count() > 0;
    Stream out(scope_.host, scope_.ctx, request_, scope_);
    if (events) {
      scope_.follow(loop_.streams);
      out.start_heartbeat(Sender::heartbeat(response));
    }
    try {
      co_await Sender::producer(response).run(out);
    } catch (const Cancelled&) {
      complete = events;  // a cut event stream is complete: the browser comes back
    } catch (...) {
      error = std::current_exception();
    }
    co_await out.quiesce();
  }
  if (error)
    fail(error);
  else if (complete)
    host.end(req);
}

template <class N>
void RunningExchange<N>::send(Response& response) {
  const as_host& host = *scope_.host;
  check_sent(host, request_.raw(), Sender::whole(host, request_.raw(), response));
}

template <class N>
void RunningExchange<N>::fail(const std::exception_ptr& error) noexcept {
  report_failure(*scope_.host, request_.raw(), error);
}

/// Unless the client has left, it should hear that the server gave up.
template <class N>
void RunningExchange<N>::cancelled() noexcept try {
  Response r = std::move(plain_error(503, {}).close());
  Sender::whole(*scope_.host, request_.raw(), r);
} catch (...) {
}

template <class N>
void RunningExchange<N>::end() noexcept {
  const as_host& host = *scope_.host;
  as_req* req = request_.raw();
  bool* finished = finished_;
  delete this;
  if (finished)
    *finished = true;
  else
    host.release(req);
}

}  // namespace detail
}  // namespace v1
}  // namespace appserve
