// `appserve dev`: builds the project in the current folder, starts a server for it, and does both again when something
// is saved. The server is this program once more; it is told by reloads, as by anybody.
#pragma once
#include "config/command_line.hpp"
#include "supervise.hpp"

namespace appserve {

/// Until it is told to stop, or the server ends. The exit code.
int develop(const config::Command& command, const Invocation& invocation, const Terminal& terminal);

}  // namespace appserve
