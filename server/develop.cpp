#include "develop.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "app/private_copy.hpp"
#include "assemble.hpp"
#include "base/clock.hpp"
#include "base/owned_folder.hpp"
#include "base/poll_time.hpp"
#include "config/environment.hpp"
#include "dev/command.hpp"
#include "dev/project.hpp"
#include "dev/sources.hpp"
#include "dev/state.hpp"
#include "supervisor/control.hpp"
#include "supervisor/signals.hpp"

namespace appserve {
namespace {

using dev::State;
using namespace std::chrono_literals;
using Phase = State::Phase;

constexpr auto kRest = 30ms;        // editors write more than one file
constexpr auto kUntilAsked = 50ms;  // between tries to reach a server that starts

std::vector<dev::Project::App> apps_of(const config::Settings& settings) {
  std::vector<dev::Project::App> all;
  for (const config::AppSettings& app : settings.apps) all.push_back({app.load.library, app.source});
  return all;
}

class Workshop {
 public:
  Workshop(const config::Command& command, std::string folder, const Terminal& terminal)
      : folder_(std::move(folder)),
        config_(command.config),
        runtime_dir_(runtime_dir(command.settings)),
        colour_(terminal.colour),
        progress_(terminal.takes_sequences(), terminal.teller()),
        project_(apps_of(command.settings)),
        sources_(".", dev::Project::kBuildFolder) {
    publish();
  }

  /// In a process group of its own: the terminal's Ctrl-C comes to us, and one signal goes on to it.
  Result<void, Error> start_server(char* const* words) {
    ::setenv(config::kDevVariable, folder_.c_str(), 1);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    const int error = ::posix_spawn(&server_, "/proc/self/exe", nullptr, &attributes, words, environ);
    ::posix_spawnattr_destroy(&attributes);
    ::unsetenv(config::kDevVariable);
    if (error == 0) return {};
    server_ = 0;
    return Failure<Error>(
        {.fault = &fault('E', 6008), .what = "cannot start the server", .where = {}, .notes = {}, .help = {}});
  }

  /// The server's exit code.
  int run() {
    began_ = Clock::now();
    begin_step();
    while (!ended()) wait();
    if (step_) dev::end(*step_);
    return exit_;
  }

 private:
  bool ended() {
    int status = 0;
    if (::waitpid(server_, &status, WNOHANG) != server_) return false;
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(Exit::system);
    server_ = 0;
    return true;
  }

  void wait() {
    std::array<pollfd, 3> watched{
        {{signals_.fd(), POLLIN, 0}, {sources_.fd(), POLLIN, 0}, {step_ ? step_->output.get() : -1, POLLIN, 0}}};
    const Time now = Clock::now();
    if (step_) progress_.at({"building", dev::progress_in(output_)}, now);
    ::poll(watched.data(), watched.size(), milliseconds_until(step_ ? progress_.next() : due_, now));
    while (const auto signal = signals_.next()) obey(*signal);
    if (stopping_) return;
    if (watched[2].revents != 0) hear_step();
    for (const std::string& path : sources_.changed()) note(path);
    if (due_ && *due_ <= Clock::now() && !step_) {
      due_.reset();
      reload_ ? reload() : begin_step();
    }
  }

  void obey(int signal) {
    if (signal == SIGCHLD) return;
    stopping_ = true;
    state_.phase = Phase::over;  // streams to browsers end, so that nobody waits for them
    dev::write_state(folder_, state_);
    if (server_ > 0) ::kill(server_, SIGTERM);
  }

  // ---- the build ----
  void note(const std::string& path) {
    if (!due_) say("changed", path);
    std::error_code failed;
    if (std::filesystem::equivalent(path, config_, failed)) config_changed_ = true;
    began_ = Clock::now();
    due_ = began_ + kRest;
    reload_ = false;
  }

  void begin_step() {
    if (output_.empty()) before_ = project_.mark();
    step_ = dev::start(project_.next_step());
    if (step_->pid == 0) {
      step_.reset();
      broken("cmake cannot be started; is it installed?\n");
    }
  }

  void hear_step() {
    std::array<char, 8192> piece{};
    const ssize_t got = ::read(step_->output.get(), piece.data(), piece.size());
    if (got > 0) {
      output_.append(piece.data(), static_cast<std::size_t>(got));
      return;
    }
    if (got < 0 && errno == EINTR) return;
    const bool done = dev::wait_for(*std::exchange(step_, {}));
    if (!done) return broken(dev::without_progress(output_));
    if (!project_.step_done()) return begin_step();
    built();
  }

  void broken(std::string words) {
    output_.clear();
    say(colour_ ? "\033[31mBUILD FAILED\033[0m" : "BUILD FAILED",
        state_.built ? "what was built last keeps serving" : "");
    std::fputs(words.c_str(), stderr);
    state_.phase = Phase::broken;
    state_.text = std::move(words);
    publish();
  }

  void built() {
    output_.clear();
    say("built", fmt::format("{:.1f} s", seconds_since_save()));
    const bool same = state_.phase == Phase::serving && !config_changed_ && project_.mark() == before_;
    if (same) return show();  // a page or a picture: the app reads it from the disk
    state_.built = true;
    dev::write_state(folder_, state_);
    reload();
  }

  // ---- the server ----
  void reload() {
    const auto answer = supervisor::ask(runtime_dir_, server_, "reload wait", &progress_);
    reload_ = !answer;
    if (!answer) {  // it starts, or ends
      due_ = Clock::now() + kUntilAsked;
      return;
    }
    config_changed_ = false;
    if (answer->exit == 0) return show();
    say(colour_ ? "\033[31mNOT SERVED\033[0m" : "NOT SERVED", "");
    std::fputs(answer->text.c_str(), stderr);
    state_.phase = Phase::broken;
    state_.text = answer->text;
    publish();
  }

  void show() {
    state_.phase = Phase::serving;
    state_.text.clear();
    publish();
    say("live", fmt::format("{:.1f} s after it was saved", seconds_since_save()));
  }

  void publish() {
    ++state_.change;
    dev::write_state(folder_, state_);
  }

  double seconds_since_save() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

  void say(std::string_view label, std::string_view text) {
    progress_.done();
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    fmt::print(stderr, "  {:%H:%M:%S} {:<8} {}\n", local, label, text);
  }

  const std::string folder_, config_, runtime_dir_;
  const bool colour_;
  Progress progress_;
  dev::Project project_;
  dev::Sources sources_;
  supervisor::Signals signals_{SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGCHLD};
  State state_;
  pid_t server_ = 0;
  std::optional<dev::Running> step_;
  std::string output_, before_;
  std::optional<Time> due_;  // the next build, or with `reload_` the next try to reach the server
  Time began_{};             // what is built now was saved then
  bool reload_ = false, config_changed_ = false, stopping_ = false;
  int exit_ = 0;
};

}  // namespace

int develop(const config::Command& command, const Invocation& invocation, const Terminal& terminal) {
  const auto failed = [&](const Error& error) {
    std::fputs(render(error, terminal.colour).c_str(), stderr);
    return static_cast<int>(error.fault->exit);
  };
  if (!dev::Project(apps_of(command.settings)).is_here())
    return failed({.fault = &fault('E', 3012),
                   .what = "no CMakeLists.txt in this folder, so there is nothing to build",
                   .where = {},
                   .notes = {},
                   .help = {"appserve new myapp && cd myapp && appserve dev", "appserve dev hello.cpp:app"}});
  for (const config::AppSettings& app : command.settings.apps)
    if (!app.source.empty() && ::access(app.source.c_str(), R_OK) != 0)
      return failed({.fault = &fault('E', 1001),
                     .what = "cannot read the source '" + app.source + "': " + std::system_category().message(errno),
                     .where = {},
                     .notes = {},
                     .help = {}});
  const std::string parent = runtime_dir(command.settings);
  const auto folder = OwnedFolder::make(parent);
  if (!folder) return failed(app::unusable_for_copies(parent, folder.error()));
  std::fputs("appserve dev: for development, not for production\n", stderr);
  Workshop workshop(command, folder->path(), terminal);
  if (auto started = workshop.start_server(invocation.words); !started) return failed(started.error());
  return workshop.run();
}

}  // namespace appserve
