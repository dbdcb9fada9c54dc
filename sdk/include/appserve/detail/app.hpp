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

struct Middleware {
  virtual ~Middleware() = default;
  /// Answers, or goes on with the exchange's chain at level + 1.
  virtual Answer call(Exchange& exchange, Request& request, std::size_t level) = 0;
};

struct ErrorHandler {
  virtual ~ErrorHandler() = default;
  /// nullopt: not this handler's type of error.
  virtual std::optional<Response> handle(const std::exception_ptr& error, Request& request, const Endpoint* e) = 0;
};

/// A background task.
struct Hook {
  virtual ~Hook() = default;
  virtual Task<> run() = 0;
};

struct StopHook {
  virtual ~StopHook() = default;
  virtual void run() noexcept = 0;
};
template <class F>
struct StopHookOf final : StopHook {
  explicit StopHookOf(F f) : f_(std::move(f)) {}
  void run() noexcept override { f_(); }
  F f_;
};

/// Data of one type per loop, made on the loop.
struct PerLoopBase {
  virtual ~PerLoopBase() = default;
  virtual void resize(std::size_t loops) = 0;
  virtual void start(std::size_t loop) = 0;
  virtual void stop(std::size_t loop) noexcept = 0;
};

/// A group of routes: prefix and middleware on top of its parent's.
struct Layer {
  Layer* parent = nullptr;
  std::string prefix;
  std::vector<std::unique_ptr<Middleware>> middleware;

  std::string full_prefix() const { return (parent ? parent->full_prefix() : std::string()) + prefix; }
  void collect(std::vector<Middleware*>& chain) const {
    if (parent) parent->collect(chain);
    for (const auto& m : middleware) chain.push_back(m.get());
  }
};

struct Core {
  std::vector<std::unique_ptr<Layer>> layers;
  std::vector<std::pair<Layer*, std::unique_ptr<Route>>> routes;
  std::vector<std::unique_ptr<ErrorHandler>> error_handlers;
  std::vector<std::unique_ptr<Hook>> background;
  std::vector<std::shared_ptr<PerLoopBase>> per_loop;
  std::vector<std::unique_ptr<StopHook>> on_stop;
  std::size_t max_body = std::size_t{8} << 20;
  Router router;
  std::vector<Middleware*> chain;  // for requests without a route

  Core() { layers.push_back(std::make_unique<Layer>()); }
  Layer& root() const noexcept { return *layers.front(); }

  void add(Layer& layer, std::string_view method, std::string_view pattern, std::unique_ptr<Endpoint> endpoint) {
    auto route = std::make_unique<Route>();
    route->pattern = pattern;
    route->method = method_id(method);
    route->method_name = method;
    route->endpoint = std::move(endpoint);
    routes.emplace_back(&layer, std::move(route));
  }

  /// Takes everything of another app, below `prefix` of `layer`.
  void adopt(Layer& layer, std::string_view prefix, Core&& other) {
    other.root().parent = &layer;
    other.root().prefix = prefix;
    const auto move_all = [](auto& from, auto& to) {
      for (auto& x : from) to.push_back(std::move(x));
      from.clear();
    };
    move_all(other.layers, layers);
    move_all(other.routes, routes);
    move_all(other.error_handlers, error_handlers);
    move_all(other.background, background);
    move_all(other.on_stop, on_stop);
    move_all(other.per_loop, per_loop);
  }

  /// After the author is done: full patterns, chains, the tree. Throws std::logic_error for a route defined twice.
  void finish() {
    root().collect(chain);
    for (auto& [layer, route] : routes) {
      route->pattern = layer->full_prefix() + route->pattern;
      layer->collect(route->chain);
      router.add(*route);
    }
  }
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

  Group group(detail::PatternFor<void (*)()> prefix) {
    auto& layer = core_->layers.emplace_back(std::make_unique<detail::Layer>());
    layer->parent = layer_;
    layer->prefix = checked_prefix(prefix.text);
    return {*core_, *layer};
  }

 protected:
  template <class F>
  Group& add(std::string_view method, std::string_view pattern, F handler) {
    core_->add(*layer_, method, pattern, detail::make_endpoint(std::move(handler)));
    return *this;
  }
  static std::string_view checked_prefix(std::string_view p) {
    if (p.ends_with('/') || p.find('{') != p.npos)
      throw std::logic_error("the prefix " + std::string(p) + " must not end with '/' or contain parameters");
    return p;
  }
  detail::Core* core_;
  detail::Layer* layer_;
};

/// One T per loop, made on its loop before the first request there: `auto db = app.per_loop<Connection>();`, then
/// `db(req).query(...)`. No lock needed.
template <class T>
class PerLoop {
 public:
  T& operator()(const Request& request) const { return *data_->values[request.loop_index()]; }

 private:
  friend class App;
  struct Data final : detail::PerLoopBase {
    void resize(std::size_t loops) override { values.resize(loops); }
    void start(std::size_t loop) override { values[loop] = make(); }
    void stop(std::size_t loop) noexcept override { values[loop].reset(); }
    std::vector<std::unique_ptr<T>> values;
    std::unique_ptr<T> (*make)() = +[] { return std::make_unique<T>(); };
  };
  std::shared_ptr<Data> data_ = std::make_shared<Data>();
};

class App : public Group {
 public:
  App() : App(std::make_unique<detail::Core>()) {}
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

  /// The routes of another app below a prefix, with its middleware, error handlers and background tasks.
  App& mount(detail::PatternFor<void (*)()> prefix, App sub) {
    core_->adopt(*layer_, checked_prefix(prefix.text), std::move(*sub.owner_));
    return *this;
  }

  template <class T>
  PerLoop<T> per_loop() {
    PerLoop<T> handle;
    core_->per_loop.push_back(handle.data_);
    return handle;
  }

  /// The most a body parameter (JSON, Body) may have; 8 MiB unless told. More is a 413.
  App& max_body(std::size_t bytes) noexcept { return core_->max_body = bytes, *this; }

  std::unique_ptr<detail::Core> release() noexcept { return std::move(owner_); }

 private:
  explicit App(std::unique_ptr<detail::Core> core) noexcept : Group(*core, core->root()), owner_(std::move(core)) {}
  std::unique_ptr<detail::Core> owner_;
};

}  // namespace v1
}  // namespace appserve
