// appserve: parse, then supervise, serve or tell; exit code.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "check.hpp"
#include "config/command_line.hpp"
#include "develop.hpp"
#include "inspect.hpp"
#include "new_app.hpp"
#include "roles.hpp"
#include "supervise.hpp"
#include "supervisor/binary.hpp"
#include "supervisor/post.hpp"
#include "trace/crash.hpp"
#include "trace/modules.hpp"

namespace {

using namespace appserve;

// A closed standard descriptor would become the next socket, and a print would go to a client.
void guard_standard_descriptors() {
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0; fd = ::open("/dev/null", O_RDWR))
    if (fd > STDERR_FILENO) {
      ::close(fd);
      return;
    }
}

void print(const Errors& errors, bool colour) {
  for (const Error& error : errors) std::fputs(render(error, colour).c_str(), stderr);
}

int print(const std::string& text) {
  const bool taken = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return taken ? 0 : static_cast<int>(Exit::storage);
}

int fail(const Errors& errors, bool colour) {
  print(errors, colour);
  return static_cast<int>(errors.front().fault->exit);
}

int report(const config::Command& command, const Invocation& invocation, const Terminal& terminal) {
  const auto report = command.routes ? list_routes(command, invocation.words, terminal) : inspect(command);
  if (!report) return fail(report.error(), terminal.colour);
  const int printed = print(report->text);
  print(report->findings, terminal.colour);
  return report->ok() ? printed : static_cast<int>(report->findings.front().fault->exit);
}

int run(const Invocation& invocation, std::optional<supervisor::Inheritance> inheritance) {
  const auto& arguments = invocation.arguments;
  const auto& environment = invocation.environment;
  const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  const auto command = config::parse_command_line(arguments, environment);
  if (!command) {
    const bool colour = config::use_colour(config::color_choice(arguments, environment), is_terminal, environment);
    // A successor has workers to keep, whatever the settings have become: for it this is a reload that fails.
    return inheritance ? supervise({}, invocation, {is_terminal, colour}, std::move(inheritance))
                       : fail(command.error(), colour);
  }
  if (command->kind == config::Command::Kind::print) return print(command->text);
  const config::Settings& settings = command->settings;
  const Terminal terminal{is_terminal, config::use_colour(settings.color, is_terminal, environment)};
  if (command->kind == config::Command::Kind::check) return check(*command, invocation, terminal);
  if (command->kind == config::Command::Kind::develop && settings.dev.empty())
    return develop(*command, invocation, terminal);
  print(command->warnings, terminal.colour);
  if (command->kind == config::Command::Kind::create) {
    const auto made = new_app(command->operands[0], command->operands[1]);
    return made ? print(*made) : fail({made.error()}, terminal.colour);
  }
  if (command->kind == config::Command::Kind::inspect) return report(*command, invocation, terminal);
  if (command->kind == config::Command::Kind::control) return control(*command, terminal);
  if (!settings.dev.empty()) ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // it is nothing without `appserve dev`
  if (settings.supervisor || !settings.dev.empty())
    return supervise(settings, invocation, terminal, std::move(inheritance));
  const auto served = serve_alone(settings, terminal);
  return served ? static_cast<int>(Exit::ok) : fail(served.error(), terminal.colour);
}

// exit() is the right way to end from here on.
int ended(int code) {
  trace::expect_exit();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  guard_standard_descriptors();
  trace::modules().learn();
  trace::watch_for_crashes();
  try {
    if (supervisor::answered_probe()) return ended(0);
    auto inheritance = supervisor::inherited();  // both take themselves out of the environment
    const auto post = supervisor::Post::inherited();
    std::vector<const char*> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
    const Invocation invocation{argv, {argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)}, environment};
    if (!post) return ended(run(invocation, std::move(inheritance)));
    trace::send_last_words_to(post->last_words());
    const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
    return ended(post->wanted() ? serve_at(*post, invocation.arguments, environment, is_terminal) : 0);
  } catch (const std::exception& error) {  // memory, descriptors: what the system refuses
    return ended(fail({{.fault = &fault('E', 6008), .what = error.what()}}, false));
  }
}
