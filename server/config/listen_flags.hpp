// --host, --port, --unix-socket and --unix-socket-perms: where to listen, as waitress-serve has it.
#pragma once
#include "config/arguments.hpp"
#include "config/draft.hpp"

namespace appserve::config {

/// Takes the place of every other listen. E3022 beside --listen.
void apply_listen_flags(const Arguments& arguments, Draft& draft);

}  // namespace appserve::config
