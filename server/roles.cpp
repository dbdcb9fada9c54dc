#include "roles.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/kept_copies.hpp"
#include "assemble.hpp"
#include "base/background.hpp"
#include "config/command_line.hpp"
#include "dev/state.hpp"
#include "inspect.hpp"
#include "machine_limits.hpp"
#include "net/bound_socket.hpp"
#include "runtime/orders.hpp"
#include "supervisor/death.hpp"
#include "trace/alternate_stack.hpp"
#include "trial.hpp"
#include "witness.hpp"

namespace appserve {
namespace {

UniqueFd duplicate(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

// On a scoreboard that nobody else sees.
Result<Seat, Error> own_seat(std::size_t loops) {
  auto board = scoreboard::Board::create(loops);
  if (!board) return Failure<Error>(std::move(board.error()));
  const std::size_t place = board->claim_worker();
  board->worker(place).pid.set(::getpid());
  board->worker(place).state.store(scoreboard::WorkerState::serving);
  return Seat{*std::move(board), place, {}};
}

class Alone final : public Role {
 public:
  Alone(const config::Settings& settings, const net::GivenSockets& given, Log& log, Announcer& announcer)
      : settings_(settings), given_(given), log_(log), announcer_(announcer) {}

  // Before any app is loaded, so that a busy port is told first.
  Result<void, Errors> bind() {
    Errors errors, notes;
    for (const net::Endpoint& endpoint : settings_.listen) {
      auto bound = net::BoundSocket::bind(endpoint, thread_count(settings_), notes, given_);
      if (!bound)
        errors.push_back(std::move(bound.error()));
      else
        for (net::BoundSocket& socket : *bound) sockets_.push_back(std::move(socket));
    }
    for (const Error& note : notes) log_.write(*note.fault, note.what);
    if (!errors.empty()) return Failure<Errors>(std::move(errors));
    auto admin = bind_admin(settings_, given_, log_);
    if (!admin) return Failure<Errors>(std::move(admin.error()));
    admin_ = *std::move(admin);
    return {};
  }

  void furnish(app::Surroundings&) override {}
  unsigned closed_for(std::size_t) const override { return 0; }
  std::vector<int> stop_signals() const override { return {SIGTERM, SIGINT, SIGQUIT}; }
  bool others_accept() const override { return false; }
  Result<void, Errors> loaded() override {
    for (net::BoundSocket& socket : sockets_)
      if (auto listening = socket.listen(settings_.backlog); !listening)
        return Failure<Errors>(Errors{std::move(listening.error())});
    return {};
  }
  Result<Seat, Error> seat(std::size_t loops) override {
    auto seat = own_seat(loops);
    if (seat && admin_) seat->admin = std::move(admin_->take().front());
    return seat;
  }
  runtime::Server::Events events(runtime::Server& server, Watch& watch) override {
    return {.ready = [this, &server] { open(server); },
            .draining = [&watch](bool others_accept) { watch.draining(others_accept); }};
  }

 private:
  void open(runtime::Server& server) {
    std::vector<std::string> names;
    std::uint32_t id = 0;
    for (net::BoundSocket& socket : sockets_) {
      names.push_back(to_string(socket.endpoint()));
      std::uint32_t loop = 0;
      for (UniqueFd& fd : socket.take())
        server.accept_from({++id, loop++, socket.shared(), std::move(fd), socket.given()});
    }
    announcer_.ready(names, admin_ ? to_string(admin_->endpoint()) : "");
  }

  const config::Settings& settings_;
  const net::GivenSockets& given_;
  Log& log_;
  Announcer& announcer_;
  std::vector<net::BoundSocket> sockets_;
  std::optional<net::BoundSocket> admin_;
};

class AtPost final : public Role {
 public:
  /// Before `appserve dev` has built anything there is `nothing_yet` to load.
  AtPost(const supervisor::Post& post, bool nothing_yet)
      : post_(post), nothing_yet_(nothing_yet), kept_(post.start().folder), witness_(post) {}

  void furnish(app::Surroundings& surroundings) override {
    surroundings.kept = &kept_;
    surroundings.witness = &witness_;
  }
  unsigned closed_for(std::size_t app) const override {
    for (const supervisor::Start::Closed& closed : post_.start().closed)
      if (closed.app == app) return closed.retry_after;
    return nothing_yet_ ? 1 : 0;
  }
  std::vector<int> stop_signals() const override { return {SIGTERM}; }
  bool others_accept() const override { return true; }
  Result<void, Errors> loaded() override { return {}; }
  Result<Seat, Error> seat(std::size_t loops) override {
    if (post_.scoreboard() < 0 || post_.start().place >= scoreboard::kWorkers) return own_seat(loops);
    auto board = scoreboard::Board::attach(duplicate(post_.scoreboard()));
    if (!board) return Failure<Error>(std::move(board.error()));
    return Seat{*std::move(board), post_.start().place, post_.admin() < 0 ? UniqueFd() : duplicate(post_.admin())};
  }
  runtime::Server::Events events(runtime::Server& server, Watch& watch) override {
    // Ends with the server's events: it lives on the server's control thread.
    const auto orders = std::make_shared<runtime::Orders>(server, post_.channel(), [&watch] { watch.reopen(); });
    return {.ready =
                [this, orders] {
                  to_foreground();
                  post_.channel().send(supervisor::Ready{});
                  orders->listen();
                },
            .draining =
                [this, &watch](bool others_accept) {
                  post_.channel().send(supervisor::Draining{});
                  watch.draining(others_accept);
                }};
  }

 private:
  const supervisor::Post& post_;
  const bool nothing_yet_;
  app::KeptCopies kept_;
  Witness witness_;
};

}  // namespace

Progress::Tell Terminal::teller() const {
  if (!is_terminal) return {};
  return [](std::string_view label, const std::string& text) { fmt::print(stderr, "  {:<8} {}\n", label, text); };
}

Result<void, Errors> serve_alone(const config::Settings& settings, const Terminal& terminal) {
  const net::GivenSockets given = net::GivenSockets::from_environment();
  if (auto works = work_as_configured(settings); !works) return Failure<Errors>({works.error()});
  if (Errors errors = unwritable_logs(settings); !errors.empty()) return Failure<Errors>(std::move(errors));
  Log log(log_options(settings, terminal.colour));
  Announcer announcer(log, terminal.is_terminal, terminal.colour);
  if (const auto warning = warning_about_root(settings)) log.write(*warning->fault, warning->what);
  announcer.start(0, thread_count(settings));
  for (const Error& note : fit_to_machine(settings)) log.write(*note.fault, note.what);
  Alone role(settings, given, log, announcer);
  if (auto bound = role.bind(); !bound) return bound;
  if (auto rights = give_up_rights(settings); !rights) return Failure<Errors>({rights.error()});
  if (auto served = serve(settings, role, log, &announcer); !served) return served;
  announcer.stopped();
  return {};
}

int serve_at(const supervisor::Post& post, std::span<const char* const> arguments,
             std::span<const char* const> environment, bool is_terminal) {
  const trace::AlternateStack stack;  // an app may overflow this thread's own while it is loaded
  bool colour = false;
  const auto failed = [&](const Errors& errors) {
    post.channel().send(supervisor::failed_with(errors, colour));
    return static_cast<int>(errors.front().fault->exit);
  };
  // The generation's configuration, whatever is on the disk by now.
  const auto snapshot = [&](const std::string&) -> Result<std::string, Error> { return post.config().value_or(""); };
  const auto command = config::parse_command_line(arguments, environment, snapshot);
  if (!command) return failed(command.error());
  if (auto rights = give_up_rights(command->settings); !rights) return failed({rights.error()});
  if (command->kind == config::Command::Kind::check) return stand_trial(post, command->settings);
  if (command->kind == config::Command::Kind::inspect) return stand_trial(post, as_settings(*command));
  colour = config::use_colour(command->settings.color, is_terminal, environment);
  Log log(log_options(command->settings, colour));
  Announcer announcer(log, is_terminal, colour);
  const std::string& dev = command->settings.dev;
  AtPost role(post, !dev.empty() && !dev::read_state(dev).built);
  const auto served = serve(command->settings, role, log, post.start().announce ? &announcer : nullptr);
  return served ? static_cast<int>(Exit::ok) : failed(served.error());
}

}  // namespace appserve
