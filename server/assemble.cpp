#include "assemble.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "app/copy_place.hpp"
#include "base/identity.hpp"
#include "config/config_marks.hpp"
#include "dev/front.hpp"
#include "middleware/body_limit.hpp"
#include "middleware/closed_mount.hpp"
#include "middleware/concurrency_limit.hpp"
#include "middleware/mount_table.hpp"
#include "middleware/trusted_proxy.hpp"
#include "runtime/cpu_count.hpp"
#include "runtime/server.hpp"
#include "runtime/wear.hpp"
#include "trace/throws.hpp"
#include "watch.hpp"

namespace appserve {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeptLines = 20;  // of the log, for the page of a failure in development

// errno, or 0.
int why_not_writable(const std::string& file) {
  std::error_code failed;
  if (fs::is_directory(file, failed)) return EISDIR;
  if (::faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) == 0) return 0;
  if (errno != ENOENT) return errno;
  const std::string folder = fs::path(file).parent_path().string();
  return ::faccessat(AT_FDCWD, folder.empty() ? "." : folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

using Apps = std::vector<std::unique_ptr<app::PluginApp>>;

// A closed app is null.
Result<Apps, Errors> load_all(const config::Settings& settings, const app::Surroundings& surroundings, Role& role,
                              Log& log, Announcer* announcer) {
  Apps apps;
  Errors errors;
  for (std::size_t i = 0; i < settings.apps.size(); ++i) {
    if (role.closed_for(i) > 0) {
      apps.emplace_back();
      continue;
    }
    const config::AppSettings& wanted = settings.apps[i];
    const auto began = Clock::now();
    auto loaded = load_app(settings, wanted, surroundings);
    if (!loaded) {
      errors.insert(errors.end(), loaded.error().begin(), loaded.error().end());
      continue;
    }
    if (announcer != nullptr) {
      const auto& facts = (*loaded)->facts();
      for (const Error& warning : facts.warnings) log.write(*warning.fault, warning.what);
      announcer->loaded(facts, wanted.url_prefix, Clock::now() - began);
    }
    apps.push_back(std::move(*loaded));
  }
  if (!errors.empty()) return Failure<Errors>(std::move(errors));
  return apps;
}

// Each app behind the limits of its own.
struct Mounted {
  std::vector<middleware::Mount> mounts;
  std::vector<app::PluginApp*> apps;

  Mounted(const config::Settings& settings, const Apps& loaded, const Role& role, Log& log) {
    for (std::size_t i = 0; i < loaded.size(); ++i) {
      const config::AppSettings& wanted = settings.apps[i];
      if (loaded[i] == nullptr) {
        mounts.push_back({.prefix = wanted.url_prefix, .app = keep<middleware::ClosedMount>(role.closed_for(i))});
        continue;
      }
      service::Service* app = loaded[i].get();
      if (wanted.body) app = keep<middleware::BodyLimit>(*app, *wanted.body);
      if (wanted.max_concurrency > 0)
        app = keep<middleware::ConcurrencyLimit>(*app, wanted.max_concurrency, &log, name_of(*loaded[i], wanted));
      apps.push_back(loaded[i].get());
      mounts.push_back({.prefix = wanted.url_prefix, .app = app});
    }
  }

 private:
  static std::string name_of(const app::PluginApp& app, const config::AppSettings& settings) {
    const auto& facts = app.facts();
    return fs::path(facts.library).filename().string() + ":" + facts.symbol + " at " +
           (settings.url_prefix.empty() ? "/" : settings.url_prefix);
  }
  template <class Layer, class... Arguments>
  service::Service* keep(Arguments&&... arguments) {
    return layers_.emplace_back(std::make_unique<Layer>(std::forward<Arguments>(arguments)...)).get();
  }
  std::vector<std::unique_ptr<service::Service>> layers_;
};

middleware::ProxyTrust proxy_trust(const config::ProxySettings& settings) {
  middleware::ProxyTrust trust{
      .networks = {}, .hops = settings.hops, .fields = {}, .clear_untrusted = settings.clear_untrusted};
  for (const std::string& peer : settings.trusted) trust.trust(peer);
  for (const std::string& name : settings.headers) middleware::believe(name, trust.fields);
  return trust;
}

net::ProxyOptions proxy_options(const std::string& protocol, const middleware::ProxyTrust& trust) {
  using http::ProxyProtocol;
  const auto accepted = protocol == "v1"    ? ProxyProtocol::v1
                        : protocol == "v2"  ? ProxyProtocol::v2
                        : protocol == "any" ? ProxyProtocol::any
                                            : ProxyProtocol::off;
  return {accepted, [&trust](std::string_view peer) { return trust.trusts(peer); }};
}

runtime::ServerOptions server_options(const config::Settings& settings, const Role& role,
                                      const middleware::ProxyTrust& trust, runtime::Wear& wear) {
  return {.connection = {.limits = settings.limits,
                         .timeouts = settings.timeouts,
                         .cancel_grace = settings.cancel_grace,
                         .connections = settings.connections,
                         .lookahead = settings.lookahead,
                         .ident = settings.ident,
                         .scheme = settings.url_scheme,
                         .proxy = proxy_options(settings.proxy.protocol, trust)},
          .delay = settings.delay,
          .grace = settings.grace,
          .stop_signals = role.stop_signals(),
          .others_accept = role.others_accept(),
          .guard = {.block = settings.loop_block, .stuck = settings.timeouts.request + settings.cancel_grace},
          .worn = [&wear] { return wear.look(); },
          .max_stuck = settings.max_stuck};
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

Result<std::optional<Identity>, Error> identity_of(const config::Settings& settings) {
  if (settings.user.empty() && settings.group.empty()) return std::nullopt;
  auto identity = find_identity(settings.user.empty() ? std::to_string(::geteuid()) : settings.user, settings.group);
  if (!identity) return Failure<Error>(std::move(identity.error()));
  return *std::move(identity);
}

Result<void, Error> work_as_configured(const config::Settings& settings) {
  const auto identity = identity_of(settings);
  if (!identity) return Failure<Error>(identity.error());
  if (*identity) return work_as(**identity);
  return {};
}

Result<void, Error> give_up_rights(const config::Settings& settings) {
  const auto identity = identity_of(settings);
  if (!identity) return Failure<Error>(identity.error());
  if (*identity)
    if (auto became = become(**identity); !became) return became;
  refuse_new_rights();
  return {};
}

std::optional<Error> warning_about_root(const config::Settings& settings) {
  if (!settings.user.empty() || ::geteuid() != 0) return std::nullopt;
  return Error{.fault = &fault('W', 4021),
               .what = "running as root, and so do the apps; server.user says who they are to be",
               .where = {},
               .notes = {},
               .help = {}};
}

std::string runtime_dir(const config::Settings& settings) {
  if (!settings.runtime_dir.empty()) return settings.runtime_dir;
  const auto identity = identity_of(settings);
  return app::default_runtime_dir(identity && *identity ? (*identity)->uid : ::geteuid());
}

Errors unwritable_logs(const config::Settings& settings) {
  Errors errors;
  for (const std::string& file : {settings.log_error, settings.access_log})
    if (const int reason = file.empty() || file == "-" ? 0 : why_not_writable(file); reason != 0)
      errors.push_back({.fault = &fault('E', 4008),
                        .what = "cannot write the log " + file + ": " + std::system_category().message(reason),
                        .where = {},
                        .notes = {},
                        .help = {"ls -ld \"$(dirname " + file + ")\""}});
  return errors;
}

Log::Options log_options(const config::Settings& settings, bool colour) {
  return {.level = log_level(settings.log_level),
          .colour = colour,
          .json = settings.log_format == "json",
          .file = settings.log_error,
          .kept = settings.dev.empty() ? 0U : kKeptLines};
}

unsigned thread_count(const config::Settings& settings) {
  return settings.threads > 0 ? settings.threads : runtime::cpu_count();
}

Ground::Ground(const config::Settings& settings, Log& log)
    : loops(thread_count(settings)),
      pool(std::make_unique<loop::BlockingPool>(settings.blocking_threads)),
      surroundings{.loops = loops.loops(),
                   .pool = pool.get(),
                   .search_path = app_search_path(settings),
                   .runtime_dir = runtime_dir(settings),
                   .log = &log,
                   .libraries = &libraries} {}

Result<std::unique_ptr<app::PluginApp>, Errors> load_app(const config::Settings& settings,
                                                         const config::AppSettings& wanted,
                                                         const app::Surroundings& surroundings) {
  auto loaded = app::PluginApp::load({.spec = wanted.load,
                                      .prefix = wanted.url_prefix,
                                      .instance = settings.instance,
                                      .config_json = wanted.config_json},
                                     surroundings);
  if (!loaded)
    for (Error& error : loaded.error())
      if (error.fault == &fault('E', 2012)) config::point_at_value(error, wanted);
  return loaded;
}

// The order of these objects is the order of lives: what is made last ends first.
Result<void, Errors> serve(const config::Settings& settings, Role& role, Log& log, Announcer* announcer) {
  Ground ground(settings, log);
  runtime::LoopPool& loops = ground.loops;
  role.furnish(ground.surroundings);
  auto apps = load_all(settings, ground.surroundings, role, log, announcer);
  if (!apps) return Failure<Errors>(std::move(apps.error()));

  Mounted mounted(settings, *apps, role, log);
  middleware::MountTable table(mounted.mounts);
  const middleware::ProxyTrust trust = proxy_trust(settings.proxy);
  middleware::TrustedProxy front(table, trust, log);
  if (auto loaded = role.loaded(); !loaded) return loaded;
  auto seat = role.seat(loops.loops().size());
  if (!seat) return Failure<Errors>(Errors{std::move(seat.error())});
  Watch watch(settings, log);
  watch.begin(loops, mounted.apps, *std::move(seat));
  runtime::Wear wear({settings.max_memory, settings.max_requests}, watch.board(), watch.place());
  const runtime::ServerOptions options = server_options(settings, role, trust, wear);
  dev::Front dev(front, settings.dev, log);
  service::Service& first = settings.dev.empty() ? static_cast<service::Service&>(front) : dev;
  if (!settings.dev.empty()) trace::keep_throws();
  runtime::Server server(options, loops, first, mounted.apps, watch.journals(), log);
  server.run(role.events(server, watch));
  ground.pool->join();  // before the apps end: their work has returned
  return {};
}

}  // namespace appserve
