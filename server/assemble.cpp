#include "assemble.hpp"

#include <filesystem>

#include "announce.hpp"
#include "app/copy_place.hpp"
#include "app/libraries.hpp"
#include "base/log.hpp"
#include "loop/blocking_pool.hpp"
#include "middleware/body_limit.hpp"
#include "middleware/concurrency_limit.hpp"
#include "middleware/mount_table.hpp"
#include "net/bound_socket.hpp"
#include "runtime/cpu_count.hpp"
#include "runtime/loop_pool.hpp"
#include "runtime/server.hpp"
#include "watch.hpp"

namespace appserve {
namespace {

namespace fs = std::filesystem;
using Apps = std::vector<std::unique_ptr<app::PluginApp>>;
using Sockets = std::vector<net::BoundSocket>;

std::string runtime_dir(const config::Settings& settings) {
  return settings.runtime_dir.empty() ? app::default_runtime_dir() : settings.runtime_dir;
}

Result<Sockets, Errors> bind_all(const config::Settings& settings, unsigned loops, Log& log) {
  Sockets sockets;
  Errors errors, notes;
  for (const net::Endpoint& endpoint : settings.listen) {
    auto bound = net::BoundSocket::bind(endpoint, loops, notes);
    if (!bound) {
      errors.push_back(std::move(bound.error()));
      continue;
    }
    for (net::BoundSocket& socket : *bound) sockets.push_back(std::move(socket));
  }
  for (const Error& note : notes) log.write(*note.fault, note.what);
  if (!errors.empty()) return Failure<Errors>(std::move(errors));
  return sockets;
}

Result<Apps, Errors> load_all(const config::Settings& settings, const app::Surroundings& surroundings, Log& log,
                              Announcer& announcer) {
  Apps apps;
  Errors errors;
  for (const config::AppSettings& wanted : settings.apps) {
    const auto began = Clock::now();
    auto loaded = app::PluginApp::load({.spec = wanted.load,
                                        .prefix = wanted.url_prefix,
                                        .instance = settings.instance,
                                        .config_json = wanted.config_json},
                                       surroundings);
    if (!loaded) {
      errors.insert(errors.end(), loaded.error().begin(), loaded.error().end());
      continue;
    }
    const auto& facts = (*loaded)->facts();
    for (const Error& warning : facts.warnings) log.write(*warning.fault, warning.what);
    announcer.loaded(facts, wanted.url_prefix, Clock::now() - began);
    apps.push_back(std::move(*loaded));
  }
  if (!errors.empty()) return Failure<Errors>(std::move(errors));
  return apps;
}

// Each app behind the limits of its own.
struct Mounted {
  std::vector<middleware::Mount> mounts;
  std::vector<app::PluginApp*> apps;

  Mounted(const config::Settings& settings, const Apps& loaded) {
    for (std::size_t i = 0; i < loaded.size(); ++i) {
      const config::AppSettings& wanted = settings.apps[i];
      service::Service* app = loaded[i].get();
      if (wanted.body) app = layer<middleware::BodyLimit>(*app, *wanted.body);
      if (wanted.max_concurrency > 0) app = layer<middleware::ConcurrencyLimit>(*app, wanted.max_concurrency);
      apps.push_back(loaded[i].get());
      mounts.push_back({.prefix = wanted.url_prefix, .app = app});
    }
  }

 private:
  template <class Layer, class Limit>
  service::Service* layer(service::Service& app, Limit limit) {
    return layers_.emplace_back(std::make_unique<Layer>(app, limit)).get();
  }
  std::vector<std::unique_ptr<service::Service>> layers_;
};

runtime::ServerOptions server_options(const config::Settings& settings) {
  return {.connection = {.limits = settings.limits,
                         .timeouts = settings.timeouts,
                         .connections = settings.connections,
                         .lookahead = settings.lookahead,
                         .ident = settings.ident,
                         .scheme = settings.url_scheme},
          .grace = settings.grace,
          .guard = {.block = settings.loop_block, .stuck = settings.timeouts.request + runtime::kCancelGrace}};
}

}  // namespace

std::vector<std::string> app_search_path(const config::Settings& settings) {
  std::vector<std::string> folders = settings.app_path;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (!error) {
    folders.push_back((program / "../apps").lexically_normal().string());          // a build folder
    folders.push_back((program / "../lib/appserve").lexically_normal().string());  // an installed server
  }
  return folders;
}

// The order of these objects is the order of lives: what is made last ends first.
Result<void, Errors> serve(const config::Settings& settings, const Terminal& terminal) {
  Log log({.level = log_level(settings.log_level),
           .colour = terminal.colour,
           .json = settings.log_format == "json",
           .file = settings.log_error});
  Announcer announcer(log, terminal.is_terminal, terminal.colour);
  const unsigned threads = settings.threads > 0 ? settings.threads : runtime::cpu_count();
  announcer.start(threads);

  auto sockets = bind_all(settings, threads, log);
  if (!sockets) return Failure<Errors>(std::move(sockets.error()));

  auto admin = bind_admin(settings, log);
  if (!admin) return Failure<Errors>(std::move(admin.error()));

  runtime::LoopPool loops(threads);
  app::Libraries libraries;
  auto pool = std::make_unique<loop::BlockingPool>(settings.blocking_threads);
  auto apps = load_all(settings,
                       {.loops = loops.loops(),
                        .pool = pool.get(),
                        .search_path = app_search_path(settings),
                        .runtime_dir = runtime_dir(settings),
                        .log = &log,
                        .libraries = &libraries},
                       log, announcer);
  if (!apps) return Failure<Errors>(std::move(apps.error()));

  Mounted mounted(settings, *apps);
  middleware::MountTable table(mounted.mounts);

  std::vector<net::Endpoint> endpoints;
  for (net::BoundSocket& socket : *sockets) {
    if (auto listening = socket.listen(settings.backlog); !listening)
      return Failure<Errors>(Errors{std::move(listening.error())});
    endpoints.push_back(socket.endpoint());
  }
  Watch watch(settings, log, *std::move(admin));
  if (auto begun = watch.begin(loops, mounted.apps); !begun) return begun;
  const runtime::ServerOptions options = server_options(settings);
  {
    runtime::Server server(options, loops, *sockets, table, mounted.apps, watch.journals(), log);
    server.run([&] { announcer.ready(endpoints, watch.admin()); }, [&] { watch.draining(); });
    pool->join();  // before the apps end: their work has returned
  }
  announcer.stopped();
  return {};
}

}  // namespace appserve
