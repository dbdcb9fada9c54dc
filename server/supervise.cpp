#include "supervise.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "announce.hpp"
#include "app/library_search.hpp"
#include "app/private_copy.hpp"
#include "assemble.hpp"
#include "base/identity.hpp"
#include "base/log.hpp"
#include "base/owned_folder.hpp"
#include "base/service_manager.hpp"
#include "config/command_line.hpp"
#include "config/toml_file.hpp"
#include "machine_limits.hpp"
#include "master_board.hpp"
#include "net/bound_socket.hpp"
#include "net/given_sockets.hpp"
#include "supervisor/binary.hpp"
#include "supervisor/control.hpp"
#include "supervisor/supervisor.hpp"
#include "watch.hpp"

namespace appserve {
namespace {

using supervisor::Address;
using supervisor::Plan;
using supervisor::SocketSet;

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// An address that is there already; its sockets stay.
std::vector<Address> present_addresses(const net::Endpoint& endpoint, const SocketSet& present) {
  const std::string wanted = to_string(endpoint);
  std::vector<Address> found;
  for (const SocketSet::Listening& listening : present.addresses())
    if (listening.wanted == wanted && !listening.admin)
      found.push_back({listening.wanted, listening.name, listening.shared, {}, {}, false, listening.given});
  return found;
}

Address address_of(const net::Endpoint& endpoint, net::BoundSocket& bound) {
  net::BoundSocket::PathOwner path = bound.release_path();
  return {.wanted = to_string(endpoint),
          .name = to_string(bound.endpoint()),
          .shared = bound.shared(),
          .sockets = bound.take(),
          .path = {std::exchange(path.path, {}), path.device, path.inode},
          .given = bound.given()};
}

// One socket that every worker answers at.
Result<void, Errors> add_admin(const config::Settings& settings, const SocketSet& present,
                               const net::GivenSockets& given, std::vector<Address>& addresses, Log& log) {
  if (!settings.admin) return {};
  const std::string wanted = to_string(*settings.admin);
  for (const SocketSet::Listening& listening : present.addresses())
    if (listening.admin && listening.wanted == wanted) {
      addresses.push_back({wanted, listening.name, true, {}, {}, true, listening.given});
      return {};
    }
  auto bound = bind_admin(settings, given, log);
  if (!bound) return Failure<Errors>(std::move(bound.error()));
  addresses.push_back(address_of(*settings.admin, **bound));
  addresses.back().shared = addresses.back().admin = true;
  return {};
}

Result<std::vector<Address>, Errors> bind_all(const config::Settings& settings, unsigned loops,
                                              const SocketSet& present, const net::GivenSockets& given, Log& log) {
  std::vector<Address> addresses;
  Errors errors, notes;
  for (const net::Endpoint& endpoint : settings.listen) {
    if (auto there = present_addresses(endpoint, present); !there.empty()) {
      std::ranges::move(there, std::back_inserter(addresses));
      continue;
    }
    auto bound = net::BoundSocket::bind(endpoint, loops, notes, given);
    if (!bound)
      errors.push_back(std::move(bound.error()));
    else
      for (net::BoundSocket& socket : *bound) addresses.push_back(address_of(endpoint, socket));
  }
  for (const Error& note : notes) log.write(*note.fault, note.what);
  if (!errors.empty()) return Failure<Errors>(std::move(errors));
  if (auto admin = add_admin(settings, present, given, addresses, log); !admin)
    return Failure<Errors>(std::move(admin.error()));
  return addresses;
}

Result<Plan, Errors> plan(const config::Settings& settings, const SocketSet& present, const net::GivenSockets& given,
                          Log& log) {
  if (Errors errors = unwritable_logs(settings); !errors.empty()) return Failure<Errors>(std::move(errors));
  Plan plan;
  plan.workers = settings.workers;
  plan.threads = thread_count(settings);
  auto addresses = bind_all(settings, plan.workers * plan.threads, present, given, log);
  if (!addresses) return Failure<Errors>(std::move(addresses.error()));
  plan.listen = *std::move(addresses);
  plan.backlog = settings.backlog;
  for (const config::AppSettings& app : settings.apps) plan.apps.push_back(file_name(app.load.library));
  plan.runtime_dir = runtime_dir(settings);
  auto folder = OwnedFolder::make(plan.runtime_dir);
  if (!folder) return Failure<Errors>({app::unusable_for_copies(plan.runtime_dir, folder.error())});
  plan.folder = *std::move(folder);
  plan.start_timeout = settings.start_timeout;
  plan.delay = settings.delay;
  plan.grace = settings.grace;
  return plan;
}

std::vector<std::string> watched_files(const config::Settings& settings, const std::string& config) {
  std::vector<std::string> files;
  if (!config.empty()) files.push_back(config);
  for (const config::AppSettings& app : settings.apps)
    if (auto path = app::find_library(app.load, app_search_path(settings))) files.push_back(*std::move(path));
  return files;
}

// Who this process works as is settled once: its files belong to that user from then on.
Result<void, Error> settle(const config::Settings& settings, std::optional<Identity>& mine) {
  const auto wanted = identity_of(settings);
  if (!wanted) return Failure<Error>(wanted.error());
  if (*wanted == mine) return {};
  if (!mine) {
    mine = *wanted;
    return work_as(*mine);
  }
  return Failure<Error>(
      {.fault = &fault('E', 4020),
       .what = "server.user or server.group is not what it was at the start; only a restart changes it"});
}

// `planned` becomes what is served when the generation works.
Result<Plan, Errors> read_and_plan(const Invocation& invocation, const SocketSet& present,
                                   const net::GivenSockets& given, std::optional<Identity>& mine,
                                   config::Settings& planned, Log& log) {
  std::optional<std::string> bytes;
  const auto remember = [&](const std::string& path) {
    auto text = config::read_config_file(path);
    if (text) bytes = *text;
    return text;
  };
  std::string path;
  const auto command = [&] {
    const AsRoot root;  // the file may have secrets in it
    return config::parse_command_line(invocation.arguments, invocation.environment,
                                      [&](const std::string& file) { return remember(path = file); });
  }();
  if (!command) return Failure<Errors>(command.error());
  if (auto settled = settle(command->settings, mine); !settled) return Failure<Errors>({settled.error()});
  auto made = plan(command->settings, present, given, log);
  if (!made) return made;
  made->config = std::move(bytes);
  planned = command->settings;
  if (command->settings.reload) made->watched = watched_files(command->settings, path);
  return made;
}

Result<std::vector<UniqueFd>, Error> more_sockets(const std::string& name, unsigned n) {
  const auto endpoint = net::parse_endpoint(name);
  if (!endpoint) return Failure<Error>(endpoint.error());
  return net::BoundSocket::more(*endpoint, n);
}

std::optional<Duration> half(std::optional<std::chrono::microseconds> time) {
  return time ? std::optional<Duration>(*time / 2) : std::nullopt;
}

// The watchdog is fed while every loop answers. One that does not is the workers' own business first: they have half of
// the manager's patience.
void tell_of_life(ServiceManager& manager, MasterBoard& board, Log& log) {
  const auto silent = board.silent_for(*manager.watchdog());
  if (!silent) return manager.alive();
  log.write(fault('E', 5012), *silent + " shows no sign of life; the service manager is not told that all is well");
}

}  // namespace

int supervise(const config::Settings& settings, const Invocation& invocation, const Terminal& terminal,
              std::optional<supervisor::Inheritance> inheritance) {
  const net::GivenSockets given = net::GivenSockets::from_environment();
  std::optional<Identity> identity;
  if (auto settled = settle(settings, identity); !settled) {
    std::fputs(render(settled.error(), terminal.colour).c_str(), stderr);
    return static_cast<int>(settled.error().fault->exit);
  }
  Log log(log_options(settings, terminal.colour));
  Announcer announcer(log, terminal.is_terminal, terminal.colour);
  Progress progress(terminal.takes_sequences(), announcer.teller());
  ServiceManager manager = ServiceManager::from_environment();
  if (!inheritance)
    if (const auto warning = warning_about_root(settings)) log.write(*warning->fault, warning->what);
  if (!inheritance) announcer.start(settings.workers, thread_count(settings));
  for (const Error& note : fit_to_machine(settings)) log.write(*note.fault, note.what);
  MasterBoard board(log);
  board.write_deaths(settings);
  config::Settings planned = settings;
  const supervisor::Binary binary(invocation.words);
  supervisor::SelfLauncher launcher(invocation.words);
  supervisor::Supervisor supervisor(
      {.plan =
           [&](const SocketSet& present) { return read_and_plan(invocation, present, given, identity, planned, log); },
       .more_sockets = more_sockets,
       .ready = [&](const std::vector<std::string>& names, const std::string& admin) { announcer.ready(names, admin); },
       .reloading = [&] { manager.reloading(); },
       .serving =
           [&] {
             board.write_deaths(planned);
             manager.ready();
           },
       .stopping = [&] { manager.stopping(); },
       .alive = [&] { tell_of_life(manager, board, log); },
       .reopen =
           [&] {
             log.reopen();
             board.reopen();
           },
       .leaving =
           [&] {
             manager.hand_on();
             given.hand_on();
           },
       .staying =
           [&] {
             manager.keep();
             given.keep();
           },
       .heartbeat = half(manager.watchdog()),
       .in_flight = [&] { return board.in_flight(); },
       .progress = &progress},
      launcher, board, binary, log, terminal.colour);
  if (inheritance) supervisor.adopt(*std::move(inheritance));
  const int code = supervisor.run();
  if (code == 0) announcer.stopped();
  return code;
}

int control(const config::Command& command, const Terminal& terminal) {
  const std::string question = command.operands.front() + (command.wait ? " wait" : "");
  Progress progress(terminal.takes_sequences(), terminal.teller());
  const auto answer = supervisor::ask(runtime_dir(command.settings), command.pid, question, &progress);
  if (!answer) {
    const Error error{.fault = &fault('E', 6011),
                      .what = answer.error(),
                      .where = {},
                      .notes = {},
                      .help = {"appserve ctl " + command.operands.front() +
                               " --runtime-dir DIR    (the server's server.runtime_dir; as its user, or root)"}};
    std::fputs(render(error, terminal.colour).c_str(), stderr);
    return static_cast<int>(error.fault->exit);
  }
  std::fputs(answer->text.c_str(), answer->exit == 0 ? stdout : stderr);
  return answer->exit;
}

}  // namespace appserve
