#include "check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/private_copy.hpp"
#include "assemble.hpp"
#include "base/identity.hpp"
#include "config/toml_file.hpp"
#include "json_text.hpp"
#include "machine_limits.hpp"
#include "net/bound_socket.hpp"
#include "runtime/admin_desk.hpp"
#include "supervisor/launcher.hpp"
#include "trial.hpp"

namespace appserve {
namespace {

struct Listener {
  std::string address;
  enum class State : unsigned char { free, failed, given } state = State::free;  // given: at a start only, not tried
  bool admin = false;
};

struct Tried {
  const config::AppSettings& wanted;
  Trial trial;
};

struct Checked {
  std::string config;  // the file; empty: none
  std::vector<Listener> listeners;
  std::vector<Tried> apps;
  Errors errors, warnings;
  int exit = 0;  // of the first error

  void add(Error finding, std::optional<int> own_exit = {}) {
    const bool is_error = finding.fault->severity == 'E';
    if (is_error && exit == 0) exit = own_exit.value_or(static_cast<int>(finding.fault->exit));
    (is_error ? errors : warnings).push_back(std::move(finding));
  }
};

void try_listeners(const config::Settings& settings, Checked& checked) {
  const auto attempt = [&](const net::Endpoint& endpoint, bool admin) {
    Listener& listener = checked.listeners.emplace_back(Listener{.address = to_string(endpoint), .admin = admin});
    if (endpoint.given()) {
      listener.state = Listener::State::given;
    } else if (auto bound = net::BoundSocket::try_bind(endpoint); !bound) {
      listener.state = Listener::State::failed;
      checked.add(std::move(bound.error()));
    }
  };
  for (const net::Endpoint& endpoint : settings.listen) attempt(endpoint, false);
  if (!settings.admin) return;
  if (auto warning = runtime::warning_about(*settings.admin, settings.admin_token)) checked.add(*std::move(warning));
  attempt(*settings.admin, true);
}

std::optional<std::string> bytes_of(const std::string& file) {
  if (file.empty()) return std::nullopt;
  const AsRoot root;  // as a start reads it
  auto text = config::read_config_file(file);
  return text ? std::optional(*std::move(text)) : std::nullopt;
}

void try_apps(const config::Settings& settings, const Invocation& invocation, const Terminal& terminal,
              Checked& checked) {
  const std::string parent = runtime_dir(settings);
  const bool was_there = ::access(parent.c_str(), F_OK) == 0;
  {
    const auto folder = OwnedFolder::make(parent);
    if (!folder) return checked.add(app::unusable_for_copies(parent, folder.error()));
    supervisor::SelfLauncher launcher(invocation.words);
    Progress progress(terminal.takes_sequences(), terminal.teller());
    const auto config = bytes_of(checked.config);
    for (const config::AppSettings& wanted : settings.apps) {
      const auto number = static_cast<unsigned>(checked.apps.size());
      Trial trial = hold_trial(launcher, {number, folder->path(), config, settings.start_timeout}, progress);
      for (const Error& finding : trial.findings) checked.add(finding, trial.exit);
      checked.apps.push_back({wanted, std::move(trial)});
    }
  }
  if (!was_there) ::rmdir(parent.c_str());
}

std::string name_of(const config::AppSettings& app) { return app.load.library + ":" + app.load.symbol; }
std::string mount_of(const config::AppSettings& app) { return app.url_prefix.empty() ? "/" : app.url_prefix; }

std::string counted(std::size_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::string_view word_for(Listener::State state) {
  using enum Listener::State;
  return state == free ? "free" : state == failed ? "FAIL" : "given at the start";
}

std::string as_text(const Checked& checked, bool config_ok) {
  std::string out;
  if (!checked.config.empty())
    out += fmt::format("  {:<9}{}   {}\n", "config", checked.config, config_ok ? "ok" : "FAIL");
  for (const Listener& listener : checked.listeners)
    out += fmt::format("  {:<9}{}   {}\n", listener.admin ? "admin" : "listen", listener.address,
                       word_for(listener.state));
  for (const Tried& tried : checked.apps) {
    out += fmt::format("  {:<9}{} → {}   ", "app", mount_of(tried.wanted), name_of(tried.wanted));
    if (const auto& app = tried.trial.app)
      out += fmt::format("ok, {}{}{}   {} ms\n", counted(app->routes.size(), "route"), app->version.empty() ? "" : ", ",
                         app->version, tried.trial.took.count());
    else
      out += "FAIL\n";
  }
  if (checked.errors.empty())
    return out + "ready to serve" +
           (checked.warnings.empty() ? "\n" : fmt::format(", {}\n", counted(checked.warnings.size(), "warning")));
  return out + fmt::format("{}, {}\n", counted(checked.errors.size(), "problem"),
                           counted(checked.warnings.size(), "warning"));
}

std::string as_json(const Checked& checked) {
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  json.SetIndent(' ', 2);
  json.StartObject();
  json.Key("ok");
  json.Bool(checked.errors.empty());
  json.Key("exit");
  json.Int(checked.exit);
  findings(json, "problems", checked.errors);
  findings(json, "warnings", checked.warnings);
  json.Key("listeners");
  json.StartArray();
  for (const Listener& listener : checked.listeners) {
    json.StartObject();
    field(json, "address", listener.address);
    json.Key("admin");
    json.Bool(listener.admin);
    json.Key("ok");
    json.Bool(listener.state != Listener::State::failed);
    json.EndObject();
  }
  json.EndArray();
  json.Key("apps");
  json.StartArray();
  for (const Tried& tried : checked.apps) {
    json.StartObject();
    field(json, "mount", mount_of(tried.wanted));
    field(json, "load", name_of(tried.wanted));
    json.Key("ok");
    json.Bool(tried.trial.app.has_value());
    if (const auto& app = tried.trial.app) {
      field(json, "library", app->library);
      field(json, "name", app->name);
      field(json, "version", app->version);
      field(json, "abi", fmt::format("{}.{}", app->abi_major, app->abi_minor));
      field(json, "build", app->build);
      json.Key("routes");
      json.Uint64(app->routes.size());
      json.Key("milliseconds");
      json.Int64(tried.trial.took.count());
    }
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return buffer.GetString() + std::string("\n");
}

}  // namespace

int check(const config::Command& command, const Invocation& invocation, const Terminal& terminal) {
  Checked checked{.config = command.config, .listeners = {}, .apps = {}, .errors = {}, .warnings = {}};
  for (const Error& finding : command.warnings) checked.add(finding);
  const bool config_ok = checked.errors.empty();
  if (auto works = work_as_configured(command.settings); !works) checked.add(std::move(works.error()));
  if (auto warning = warning_about_root(command.settings)) checked.add(*std::move(warning));
  for (Error& unwritable : unwritable_logs(command.settings)) checked.add(std::move(unwritable));
  for (Error& shortage : fit_to_machine(command.settings)) checked.add(std::move(shortage));
  // Where a setting is wrong there is its default: not what anybody wants to listen at.
  if (config_ok || command.origins.contains("server.listen")) try_listeners(command.settings, checked);
  try_apps(command.settings, invocation, terminal, checked);

  const std::string text = command.json ? as_json(checked) : as_text(checked, config_ok);
  if (!command.json)
    for (const Errors* list : {&checked.errors, &checked.warnings})
      for (const Error& finding : *list) std::fputs(render(finding, terminal.colour).c_str(), stderr);
  const bool taken = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return taken ? checked.exit : static_cast<int>(Exit::storage);
}

}  // namespace appserve
