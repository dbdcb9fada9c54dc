// The other side of the C table: one app instance, the noexcept functions the host calls, the macros that export it.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/extend.hpp>

namespace appserve {
inline namespace v1 {
namespace detail {

class Instance {
 public:
  Instance(const as_host* host, as_ctx* ctx, Box<Core> core) : host_(host), ctx_(ctx), core_(std::move(core)) {
    core_->finish();
    for (std::uint32_t i = 0; i < host->loop_count(ctx); ++i)
      loops_.add(Box<Stored>(new LoopState(host, ctx, host->loop_at(ctx, i))));
    for (PerLoopBase& data : core_->per_loop) data.prepare(host, ctx);
    for (TaskGroupData& group : core_->task_groups)
      for (LoopState& loop : loops_) group.rooms.add(Box<Stored>(new TaskRoom(loop.background)));
  }
  ~Instance() {
    for (StopHook& hook : core_->on_stop) hook.run();
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  std::int32_t handle(as_req* req) noexcept {
    try {
      Match match = core_->router.find(view(req->path), req->method, view(req->method_name));
      const auto& chain = match.route ? match.route->chain : core_->chain;
      if (match.route) host_->set_route(req, match.route->pattern.c_str());
      if (!chain.empty() || (match.route && !fits_the_stack(*match.route->endpoint, *req)))
        return core_->exchange(host_, *core_, loops_[req->loop_index], req, std::move(match));
      if (match.route) return run(match, req);
      Response r = unrouted(*core_, match, *req);
      check_sent(*host_, req, Sender::whole(*host_, req, r));
    } catch (...) {
      report_failure(*host_, req, std::current_exception());
    }
    return AS_OK;
  }

  void drain() noexcept {
    for (LoopState& loop : loops_)
      host_->post(ctx_, loop.streams.loop, [](void* l) { static_cast<LoopState*>(l)->streams.cancel(); }, &loop);
  }

  void loop_start(std::uint32_t index) noexcept try {
    for (PerLoopBase& data : core_->per_loop) data.start(index);
    if (index == 0)
      for (Hook& hook : core_->background) hook.start(loops_[0].background);
  } catch (...) {
    Log(host_, ctx_).error("starting the app on a loop failed: " + describe(std::current_exception()));
  }

  void loop_stop(std::uint32_t index) noexcept {
    loops_[index].background.cancel();
    for (PerLoopBase& data : core_->per_loop) data.stop(index);
  }

  std::int32_t health(as_error* error) const noexcept try {
    for (HealthCheck& check : core_->health_checks)
      if (const auto status = check.run(error); status < 0) return status;
    return AS_OK;
  } catch (...) {
    return set_error(error, AS_EFAIL, describe(std::current_exception()));
  }

  void routes(as_route_fn visit, void* arg) const noexcept {
    for (const Route& route : core_->routes) visit(arg, route.method_name.c_str(), route.pattern.c_str());
  }

 private:
  static bool fits_the_stack(const Endpoint& e, const as_req& req) noexcept {
    return e.direct && (!e.needs_body || (req.flags & AS_REQ_BODY_COMPLETE));
  }

  std::int32_t run(const Match& match, as_req* req) {
    Endpoint& endpoint = *match.route->endpoint;
    Request request(host_, ctx_, req);
    request.matched(match.route->pattern, match.params);
    try {
      Outcome out(*host_, req);
      static_cast<DirectEndpoint&>(endpoint).run(request, out);
    } catch (...) {
      Response r = recovered(*core_, std::current_exception(), request, &endpoint);
      check_sent(*host_, req, Sender::whole(*host_, req, r));
    }
    return AS_OK;
  }

  const as_host* host_;
  as_ctx* ctx_;
  Box<Core> core_;
  ListOf<LoopState> loops_;
};

inline Instance& instance(void* self) noexcept { return *static_cast<Instance*>(self); }

/// create() of an app that `build` makes: void(App&, const Config&) or App(const Config&).
template <auto build>
std::int32_t create(const as_app*, const as_host* host, as_ctx* ctx, const as_config* raw, void** self,
                    as_error* error) noexcept {
  try {
    use_frames_of(*host);
    const Config config(raw, host, ctx);
    Box<Core> core;
    if constexpr (std::is_invocable_v<decltype(build), App&, const Config&>) {
      App app;
      build(app, config);
      core = app.release();
    } else {
      core = build(config).release();
    }
    *self = new Instance(host, ctx, std::move(core));
    return AS_OK;
  } catch (const ConfigError& e) {
    return set_error(error, AS_EINVAL, e.what());
  } catch (...) {
    return set_error(error, AS_EFAIL, describe(std::current_exception()));
  }
}

#if defined(__clang__)
inline constexpr char kBuild[] = "clang " __clang_version__;
#else
inline constexpr char kBuild[] = "gcc " __VERSION__;
#endif

template <auto build>
constexpr as_app descriptor(const char* name, const char* version) noexcept {
  as_app app{};
  app.size = sizeof(as_app);
  app.magic = AS_MAGIC;
  app.abi = AS_ABI;
  app.abi_min = AS_ABI_MIN;
  app.name = name;
  app.version = version;
  app.build = kBuild;
  app.create = &create<build>;
  app.handle = [](void* self, as_req* req) noexcept { return instance(self).handle(req); };
  app.drain = [](void* self) noexcept { instance(self).drain(); };
  app.loop_start = [](void* self, as_loop*, std::uint32_t index) noexcept { instance(self).loop_start(index); };
  app.loop_stop = [](void* self, as_loop*, std::uint32_t index) noexcept { instance(self).loop_stop(index); };
  app.destroy = [](void* self) noexcept { delete &instance(self); };
  app.routes = [](void* self, as_route_fn visit, void* arg) noexcept { instance(self).routes(visit, arg); };
  app.health = [](void* self, as_error* error) noexcept { return instance(self).health(error); };
  return app;
}

}  // namespace detail
}  // namespace v1
}  // namespace appserve

#ifndef APPSERVE_APP_VERSION
#define APPSERVE_APP_VERSION ""
#endif

/// Exports an app as the data symbol `symbol`, for `appserve lib.so:symbol`. What follows is the body of a function
/// that gets an `App& symbol` and a `const Config& config` and runs once per mount:
///     APPSERVE_APP(app) { app.get("/", [] { return "Hello, World!\n"; }); }
#define APPSERVE_APP(symbol)                                                                   \
  static void appserve_build_##symbol(::appserve::App&, const ::appserve::Config&);            \
  namespace appserve_note_##symbol {                                                           \
    AS_DECLARE_NOTE(2)                                                                         \
  }                                                                                            \
  extern "C" {                                                                                 \
  extern AS_EXPORT const as_app appserve_app_##symbol __asm__(#symbol);                        \
  __attribute__((used)) constinit const as_app appserve_app_##symbol =                         \
      ::appserve::detail::descriptor<&appserve_build_##symbol>(#symbol, APPSERVE_APP_VERSION); \
  }                                                                                            \
  static void appserve_build_##symbol([[maybe_unused]] ::appserve::App& symbol,                \
                                      [[maybe_unused]] const ::appserve::Config& config)

/// Exports the function `App function(const Config&)`, already defined, for `appserve --call lib.so:function`.
#define APPSERVE_FACTORY(function)                                                                            \
  namespace appserve_note_##function {                                                                        \
    AS_DECLARE_NOTE(2)                                                                                        \
  }                                                                                                           \
  extern "C" {                                                                                                \
  extern AS_EXPORT const as_app* appserve_factory_##function(const as_host*, as_ctx*, const as_config*,       \
                                                             as_error*) noexcept __asm__(#function);          \
  __attribute__((used))                                                                                       \
  const as_app* appserve_factory_##function(const as_host*, as_ctx*, const as_config*, as_error*) noexcept {  \
    static constexpr as_app app = ::appserve::detail::descriptor<&function>(#function, APPSERVE_APP_VERSION); \
    return &app;                                                                                              \
  }                                                                                                           \
  }                                                                                                           \
  static_assert(true)
