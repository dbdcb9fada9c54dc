// A loaded app behind the seam: one instance of a plugin, at one mount, in this process.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app_spec.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "loop/blocking_pool.hpp"
#include "loop/event_loop.hpp"
#include "service/service.hpp"

namespace appserve::app {

class KeptCopies;
class Libraries;
class LoadWitness;

struct AppOptions {
  AppSpec spec;
  std::string prefix;              // "" or "/game"
  std::string instance;            // the server's name for itself, e.g. "tictactoe1"
  std::string config_json = "{}";  // the app's [app.config] table as a JSON object
};

/// What loaded plugins may use of the process. Everything outlives them.
struct Surroundings {
  std::vector<loop::EventLoop*> loops;
  loop::BlockingPool* pool = nullptr;
  std::vector<std::string> search_path;  // folders for bare library names, in order
  std::string runtime_dir;               // where private copies are made; must allow execution
  const KeptCopies* kept = nullptr;      // where the copies are instead that outlive this process
  LoadWitness* witness = nullptr;        // null: nobody asks
  Log* log = nullptr;                    // where apps write, and their misuse of the ABI is told; null: nowhere
  Libraries* libraries = nullptr;        // lets mounts of one file share its copy; null: each load makes its own
};

class PluginApp : public service::Service {
 public:
  struct Route {
    std::string method, pattern;
  };
  struct Facts {          // for the start's lines, for `check` and `inspect`
    std::string library;  // full path that was found
    std::string symbol;
    std::string label;                 // in logs: "libgame.so:create_app at /game"
    std::string name, version, build;  // as the app says
    unsigned abi_major = 0, abi_minor = 0;
    std::vector<Route> routes;    // as the app tells them
    std::vector<Error> warnings;  // W1018, W1027: to be printed; the app is served all the same
  };

  /// [ctl] Finds, checks (nothing of the file runs until it passed), copies, loads and creates. Errors: 1xxx, 2xxx.
  static Result<std::unique_ptr<PluginApp>, Errors> load(const AppOptions& options, const Surroundings& surroundings);

  virtual const Facts& facts() const = 0;

  /// [home] Once per loop before its first call(), and after its last request was released. loop_stop() waits for the
  /// app's blocking work for this loop, so the pool still runs; afterwards nothing of the app is pending there.
  virtual void loop_start(loop::EventLoop& loop) noexcept = 0;
  virtual void loop_stop(loop::EventLoop& loop) noexcept = 0;
  /// [any thread but a loop's] Why requests should not come now; nothing: the app is well. May take its time.
  virtual bool has_health() const noexcept = 0;
  virtual std::optional<std::string> health() noexcept = 0;
  /// [ctl] The process is going away: finish long streams soon. The destructor is the app's destroy(): when it runs,
  /// the loops have stopped after loop_stop(), or never ran.
  virtual void drain() noexcept = 0;
};

}  // namespace appserve::app
