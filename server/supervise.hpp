// Lends a supervisor what knows more than processes: the configuration, the sockets' addresses, the start's lines.
#pragma once
#include <optional>
#include <span>

#include "config/command_line.hpp"
#include "roles.hpp"
#include "supervisor/handover.hpp"

namespace appserve {

/// What this process was started with.
struct Invocation {
  char** words = nullptr;  // with the program's name, as main got them
  std::span<const char* const> arguments, environment;
};

/// `appserve ctl`: asks a running server, prints what it answers. The exit code.
int control(const config::Command& command, const Terminal& terminal);

/// Serves until told to stop, with workers. `settings` are the invocation's; `inheritance` is what a predecessor in
/// this process left. The exit code.
int supervise(const config::Settings& settings, const Invocation& invocation, const Terminal& terminal,
              std::optional<supervisor::Inheritance> inheritance);

}  // namespace appserve
