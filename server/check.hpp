// `appserve check`: everything a start does up to the moment it would serve, and everything that is wrong with it at
// once. Nothing of it stays.
#pragma once
#include "config/command_line.hpp"
#include "roles.hpp"
#include "supervise.hpp"

namespace appserve {

/// Prints what there is, and what is wrong with it; the exit code is that of a start.
int check(const config::Command& command, const Invocation& invocation, const Terminal& terminal);

}  // namespace appserve
