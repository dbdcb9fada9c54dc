// appserve: parse, serve, exit code.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <span>

#include "assemble.hpp"
#include "config/command_line.hpp"
#include "inspect.hpp"
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
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : static_cast<int>(Exit::storage);
}

int fail(const Errors& errors, bool colour) {
  print(errors, colour);
  return static_cast<int>(errors.front().fault->exit);
}

int run(std::span<const char* const> arguments, std::span<const char* const> environment) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const auto command = config::parse_command_line(arguments, environment);
  if (!command)
    return fail(command.error(),
                config::use_colour(config::color_choice(arguments, environment), terminal, environment));
  if (command->kind == config::Command::Kind::print) return print(command->text);
  const bool colour = config::use_colour(command->settings.color, terminal, environment);
  print(command->warnings, colour);
  if (command->kind == config::Command::Kind::inspect) {
    const auto report = inspect(*command);
    if (!report) return fail(report.error(), colour);
    const int printed = print(report->text);
    print(report->findings, colour);
    return report->ok() ? printed : static_cast<int>(report->findings.front().fault->exit);
  }
  const auto served = serve(command->settings, {.is_terminal = terminal, .colour = colour});
  return served ? static_cast<int>(Exit::ok) : fail(served.error(), colour);
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
  std::size_t variables = 0;
  while (environ[variables] != nullptr) ++variables;
  try {
    return ended(run({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)}, {environ, variables}));
  } catch (const std::exception& error) {  // memory, descriptors: what the system refuses
    return ended(fail({{.fault = &fault('E', 6008), .what = error.what()}}, false));
  }
}
