// App: the routes, middleware and hooks an author writes down. Built once per mount, then only read.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/config.hpp>
#include <appserve/detail/endpoint.hpp>
#include <appserve/detail/router.hpp>

namespace appserve {
inline namespace v1 {
namespace detail {

struct Core;
struct LoopState;
/// AS_OK: answered; AS_PENDING: release() will follow. Throws if it could not start.
template <class Needed>
std::int32_t start_exchange(const as_host*, const Core&, LoopState&, as_req*, Match&&);

struct Middleware : Stored {
  /// Answers, or goes on with the exchange's chain at level + 1.
  virtual Answer call(Exchange& exchange, Request& request, std::size_t level) = 0;
};

struct ErrorHandler : Stored {
  /// False: not this handler's type of error.
  virtual bool handle(const std::exception_ptr& error, Request& request, const Endpoint* e, Response& answer) = 0;
};

/// A background task.
struct Hook : Stored {
  virtual void start(Scope& scope) = 0;
};

struct HealthCheck : Stored {
  /// AS_OK, or a failure with its text.
  virtual std::int32_t run(as_error* error) = 0;
};

struct StopHook : Stored {
  virtual void run() noexcept = 0;
};

/// Data of one type per loop, made on the loop.
struct PerLoopBase : Stored {
  /// Before any loop runs.
  virtual void prepare(const as_host* host, as_ctx* ctx) = 0;
  virtual void start(std::size_t loop) = 0;
  virtual void stop(std::size_t loop) noexcept = 0;
};

/// What a TaskGroup starts on one loop runs in this. [home]
struct TaskRoom final : Stored {
  explicit TaskRoom(Scope& loops_own) noexcept : scope(loops_own) {}
  Scope& scope;
  std::size_t running = 0;
};

struct TaskGroupData final : Stored {
  explicit TaskGroupData(std::size_t limit) noexcept : most(limit) {}
  ListOf<TaskRoom> rooms;  // by loop
  const std::size_t most;  // on each
};

/// A group of routes: prefix and middleware on top of its parent's.
struct Layer final : Stored {
  Layer(Layer* of, std::string_view below) : parent(of), prefix(below) {}
  std::string full_prefix() const { return parent ? joined({parent->full_prefix(), prefix}) : prefix; }
  void collect(Pointers& chain) const {
    if (parent) parent->collect(chain);
    chain.add_all(middleware.pointers());
  }
  Layer* parent;
  std::string prefix;
  ListOf<Middleware> middleware;
};

inline Route::Route(Layer& of, std::string_view method_text, std::string_view pattern_text, Box<Endpoint> handler)
    : layer(of),
      pattern(pattern_text),
      method_name(method_text),
      method(method_id(method_text)),
      endpoint(std::move(handler)) {}
inline Route::~Route() = default;

/// All an author has written down.
struct Core {
  Core() { layers.add(Box(new Layer(nullptr, {}))); }
  Layer& root() const noexcept { return layers[0]; }

  /// Takes everything of another app, below `prefix` of `layer`.
  void adopt(Layer& layer, std::string_view prefix, Core& other) {
    other.root().parent = &layer;
    other.root().prefix = prefix;
    layers.take_all(other.layers);
    routes.take_all(other.routes);
    error_handlers.take_all(other.error_handlers);
    background.take_all(other.background);
    on_stop.take_all(other.on_stop);
    health_checks.take_all(other.health_checks);
    per_loop.take_all(other.per_loop);
    task_groups.take_all(other.task_groups);
    if (other.exchange) exchange = other.exchange;
  }

  /// After the author is done: full patterns, chains, the tree. Throws std::logic_error for a route defined twice.
  void finish() {
    root().collect(chain);
    for (Route& route : routes) {
      route.pattern = joined({route.layer.full_prefix(), route.pattern});
      route.layer.collect(route.chain);
      router.add(route);
    }
  }

  ListOf<Layer> layers;
  ListOf<Route> routes;
  ListOf<ErrorHandler> error_handlers;
  ListOf<Hook> background;
  ListOf<StopHook> on_stop;
  ListOf<HealthCheck> health_checks;
  ListOf<PerLoopBase> per_loop;
  ListOf<TaskGroupData> task_groups;
  std::size_t max_body = std::size_t{8} << 20;
  /// Serves what needs more than the stack: set with the first route or middleware that does, so that other apps do
  /// not contain it.
  std::int32_t (*exchange)(const as_host*, const Core&, LoopState&, as_req*, Match&&) = nullptr;
  Router router;
  Pointers chain;  // Middleware of requests without a route
};

}  // namespace detail

/// The rest of the chain, for a middleware: `Response r = co_await next(req);`. A handler's abort() and errors with a
/// handler (App::on_error) arrive as the Response they became, other failures as exceptions.
class Next {
 public:
  Next(detail::Exchange& exchange, std::size_t level) noexcept : exchange_(&exchange), level_(level) {}
  detail::Answer operator()(Request& request) const;

 private:
  detail::Exchange* exchange_;
  std::size_t level_;
};

/// Routes with a common prefix and middleware. A handle: copies mean the same group.
class Group {
 public:
  Group(detail::Core& core, detail::Layer& layer) noexcept : core_(&core), layer_(&layer) {}

  /// A handler is any function. Parameters, in any order: Request&; scalars and strings, which take the pattern's
  /// `{...}` in order (a value that does not parse is a 404); Query, Header, Cookie, Body; with json.hpp a struct,
  /// vector or Json, which is the JSON body. Result: see as_response: text, Response, optional (empty: 404),
  /// pair{status, x}, void (204), with json.hpp everything that has a JSON form; or Task of any of those. Patterns:
  /// "/a/{id}/b", and "{rest...}" as the last segment. HEAD comes with GET, OPTIONS and 405 by themselves.
  template <class F>
  Group& get(detail::PatternFor<std::type_identity_t<F>> pattern, F handler) {
    return add("GET", pattern.text, std::move(handler));
  }
  template <class F>
  Group& post(detail::PatternFor<std::type_identity_t<F>> pattern, F handler) {
    return add("POST", pattern.text, std::move(handler));
  }
  template <class F>
  Group& put(detail::PatternFor<std::type_identity_t<F>> pattern, F handler) {
    return add("PUT", pattern.text, std::move(handler));
  }
  template <class F>
  Group& patch(detail::PatternFor<std::type_identity_t<F>> pattern, F handler) {
    return add("PATCH", pattern.text, std::move(handler));
  }
  template <class F>
  Group& del(detail::PatternFor<std::type_identity_t<F>> pattern, F handler) {
    return add("DELETE", pattern.text, std::move(handler));
  }
  /// Any method by name, e.g. "OPTIONS" or "PROPFIND".
  template <class F>
  Group& route(std::string_view method, detail::PatternFor<std::type_identity_t<F>> pattern, F handler) {
    return add(method, pattern.text, std::move(handler));
  }

  /// Middleware for every route of this group, before or after this line; the first `use` is the outermost. One of
  ///   (Request&) -> void or std::optional<Response>     before: a Response is the answer, the rest is not called
  ///   (Request&, Response&) -> void                     after: may change the response
  ///   (Request&, Next) -> Task<Response>                around
  template <class F>
  Group& use(F middleware);

  /// Routes below `prefix`, a path without parameters ("/": no prefix), with the middleware of this group and their
  /// own.
  Group group(detail::PatternFor<void (*)()> prefix) {
    auto* layer = new detail::Layer(layer_, checked_prefix(prefix.text));
    core_->layers.add(detail::Box<detail::Stored>(layer));
    return {*core_, *layer};
  }

 protected:
  template <class F>
  Group& add(std::string_view method, std::string_view pattern, F handler) {
    using Handler = detail::HandlerOf<F>;
    if constexpr (Handler::kNeedsExchange) core_->exchange = &detail::start_exchange<void>;
    add_route(method, pattern, detail::Box<detail::Endpoint>(new typename Handler::Type(std::move(handler))));
    return *this;
  }
  void add_route(std::string_view method, std::string_view pattern, detail::Box<detail::Endpoint> endpoint) {
    core_->routes.add(detail::Box<detail::Stored>(new detail::Route(*layer_, method, pattern, std::move(endpoint))));
  }
  static std::string_view checked_prefix(std::string_view p) {
    if (p == "/") return {};
    if (p.ends_with('/') || p.find('{') != p.npos)
      throw std::logic_error(detail::joined({"the prefix ", p, " must not end with '/' or contain parameters"}));
    return p;
  }
  detail::Core* core_;
  detail::Layer* layer_;
};

/// One T per loop, made on its loop before the first request there: `auto db = app.per_loop<Connection>();`, then
/// `db(req).query(...)`. No lock needed. A copy means the same.
template <class T>
class PerLoop {
 public:
  T& operator()(const Request& request) const { return *data_->values[request.loop_index()]; }
  /// Null before the loop has started and after it has stopped. On that loop only.
  T* find(as_loop* loop) const noexcept {
    for (std::size_t i = 0; i < data_->loops.size(); ++i)
      if (data_->loops[i].loop == loop) return data_->values[i] ? &*data_->values[i] : nullptr;
    return nullptr;
  }

 private:
  friend class App;
  struct Data : detail::PerLoopBase {
    void prepare(const as_host* host, as_ctx* ctx) override {
      loops = detail::Array<Loop>(host->loop_count(ctx));
      values = detail::Array<std::optional<T>>(loops.size());
      for (std::uint32_t i = 0; i < loops.size(); ++i) loops[i] = {host, ctx, host->loop_at(ctx, i)};
    }
    void stop(std::size_t loop) noexcept override { values[loop].reset(); }
    detail::Array<Loop> loops;
    detail::Array<std::optional<T>> values;
  };
  template <class F>
  struct MadeBy final : Data {
    explicit MadeBy(F f) : make(std::move(f)) {}
    void start(std::size_t loop) override { this->values[loop].emplace(InPlace{make, this->loops[loop]}); }
    struct InPlace {
      F& make;
      const Loop& loop;
      operator T() { return make(loop); }  // NOLINT(google-explicit-constructor): so that a T need not move
    };
    F make;
  };
  explicit PerLoop(Data& data) noexcept : data_(&data) {}
  Data* data_;  // the app's
};

/// Work that outlives the request that started it: `auto mails = app.task_group();`, then in a handler
/// `mails.start(req, [=]() -> Task<> { co_await send_mail(address); });`. It runs on the request's loop, for at most
/// the app's life: when the app stops its waits end with Cancelled. A failure is logged. A handle: copies mean the same
/// group.
class TaskGroup {
 public:
  /// `task` () -> Task<> is kept until it has ended, its captures too; it must not refer to the request. More tasks
  /// than the group takes: HttpError 503.
  template <class F>
  void start(const Request& request, F task) const;
  /// How many run on the request's loop.
  std::size_t running(const Request& request) const { return data_->rooms[request.loop_index()].running; }

 private:
  friend class App;
  explicit TaskGroup(detail::TaskGroupData& data) noexcept : data_(&data) {}
  detail::TaskGroupData* data_;  // the app's
};

/// An app: its routes, middleware, error handlers, tasks and data. Written down once per mount, before the first
/// request; after that nothing of it changes. What handlers capture lives as long as the app.
class App : public Group {
 public:
  App() : App(detail::Box(new detail::Core())) {}
  App(App&& other) noexcept = default;
  App& operator=(App&& other) noexcept = default;

  /// Errors of a type: `app.on_error([](const NotYours& e) { return std::pair{403, std::string(e.what())}; })`, with
  /// a second parameter Request& if wanted. The result is what a handler may return (no Task).
  template <class F>
  App& on_error(F handler);

  /// Runs when the app starts, on the first loop. A `() -> Task<>` may go on for the app's life; its waits end with
  /// Cancelled when the app stops. A failure is logged.
  template <class F>
  App& on_start(F task);
  /// Runs `f` (void or Task<>) every `period` for the app's life, on the first loop. A failure is logged.
  template <class F>
  App& every(std::chrono::nanoseconds period, F f);
  /// Runs when everything else of the app has ended. Must not throw.
  template <class F>
  App& on_stop(F f);

  /// Whether requests may come: a function that gives std::optional<std::string>, empty when all is well and otherwise
  /// the reason. The server asks now and then, on a thread of its own [ctl]; what the function shares with handlers
  /// needs a lock. An exception is a reason, too.
  template <class F>
  App& health(F check);

  /// The routes of another app below a prefix ("/": as they are), with its middleware, error handlers and background
  /// tasks.
  App& mount(detail::PatternFor<void (*)()> prefix, App sub) {
    core_->adopt(*layer_, checked_prefix(prefix.text), *sub.owner_);
    return *this;
  }

  /// A T of its own for each loop, default-made.
  template <class T>
  PerLoop<T> per_loop() {
    return per_loop<T>([](const Loop&) { return T(); });
  }
  /// The same, with a T made by `make(const Loop&)`, for what waits or works on its loop. A T ends with its loop.
  template <class T, class F>
  PerLoop<T> per_loop(F make) {
    auto* data = new typename PerLoop<T>::template MadeBy<F>(std::move(make));
    core_->per_loop.add(detail::Box<detail::Stored>(data));
    return PerLoop<T>(*data);
  }

  /// A group for tasks that outlive their requests, at most `most` at a time on each loop.
  TaskGroup task_group(std::size_t most = 1000) {
    auto* data = new detail::TaskGroupData(most);
    core_->task_groups.add(detail::Box<detail::Stored>(data));
    return TaskGroup(*data);
  }

  /// The most a body parameter (JSON, Body) may have; 8 MiB unless told. More is a 413.
  App& max_body(std::size_t bytes) noexcept { return core_->max_body = bytes, *this; }

  /// For what runs the app: all that was written down.
  detail::Box<detail::Core> release() noexcept { return detail::Box(owner_.release()); }

 private:
  explicit App(detail::Box<detail::Core> core) noexcept : Group(*core, core->root()), owner_(std::move(core)) {}
  detail::Box<detail::Core> owner_;
};

}  // namespace v1
}  // namespace appserve
