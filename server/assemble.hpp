// From settings to a running server. The only file that knows every room; who it serves for is told by its role.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "announce.hpp"
#include "app/libraries.hpp"
#include "app/plugin_app.hpp"
#include "base/error.hpp"
#include "base/identity.hpp"
#include "base/log.hpp"
#include "config/settings.hpp"
#include "loop/blocking_pool.hpp"
#include "runtime/loop_pool.hpp"
#include "runtime/server.hpp"
#include "watch.hpp"

namespace appserve {

/// How a process that serves gets its sockets and its orders: as a server of its own, or as a supervisor's worker.
class Role {
 public:
  virtual ~Role() = default;
  /// Adds where copies of libraries go and who witnesses their loading.
  virtual void furnish(app::Surroundings& surroundings) = 0;
  /// Seconds until clients may come back to an app that is not to be loaded; 0: it is.
  virtual unsigned closed_for(std::size_t app) const = 0;
  virtual std::vector<int> stop_signals() const = 0;
  /// After a stop by one of them somebody else serves the same sockets.
  virtual bool others_accept() const = 0;
  /// Everything is loaded. What keeps it from serving after all.
  virtual Result<void, Errors> loaded() = 0;
  /// Where this process, with so many loops, is seen. E6008.
  virtual Result<Seat, Error> seat(std::size_t loops) = 0;
  virtual runtime::Server::Events events(runtime::Server& server, Watch& watch) = 0;
};

/// What apps are loaded on, as the settings have it; the loops do not run yet.
struct Ground {
  /// `log` outlives it.
  Ground(const config::Settings& settings, Log& log);

  runtime::LoopPool loops;
  app::Libraries libraries;
  std::unique_ptr<loop::BlockingPool> pool;
  app::Surroundings surroundings;
};

/// One of the settings' apps. What is wrong with its configuration is shown at its place.
Result<std::unique_ptr<app::PluginApp>, Errors> load_app(const config::Settings& settings,
                                                         const config::AppSettings& wanted,
                                                         const app::Surroundings& surroundings);

/// Loads and serves until told to stop. A failure is everything that kept it from serving.
Result<void, Errors> serve(const config::Settings& settings, Role& role, Log& log, Announcer* announcer);

/// Who the apps run as; none: as the server was started. E4020.
Result<std::optional<Identity>, Error> identity_of(const config::Settings& settings);
/// Works as that from now on; AsRoot comes back for a while. [no other threads] E4020.
Result<void, Error> work_as_configured(const config::Settings& settings);
/// Becomes that, for good; nor do apps get more rights by what they run. [no other threads] E4020.
Result<void, Error> give_up_rights(const config::Settings& settings);

/// W4021 when the apps run as root.
std::optional<Error> warning_about_root(const config::Settings& settings);

/// E4008 for each log file that this process, as who it works, could not write. Makes none.
Errors unwritable_logs(const config::Settings& settings);
/// The log as the settings have it.
Log::Options log_options(const config::Settings& settings, bool colour);
/// Where bare library names are looked for, after the current folder and its build folder.
std::vector<std::string> app_search_path(const config::Settings& settings);
/// For copies of libraries, crash reports and the control socket.
std::string runtime_dir(const config::Settings& settings);
/// Event loops of one process.
unsigned thread_count(const config::Settings& settings);

}  // namespace appserve
