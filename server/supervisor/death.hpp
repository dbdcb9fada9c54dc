// How a process ended, in words; and what its end means when it was still starting.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "supervisor/message.hpp"

namespace appserve::supervisor {

/// What keeps a process from serving, as one message.
Failed failed_with(const Errors& errors, bool colour);

/// Of a status of waitpid(): "killed by SIGSEGV", "exited 3 by itself".
std::string how_it_ended(int status);

/// Of a worker that ended before it was ready. `last_words` of its crash handler tell, if there are any; else E2002,
/// E2003, E2007, or E6008 when no app was at work.
Failed died_while_starting(const Phase& phase, int status, const std::string& last_words);

/// Of one that the system did not let start: E6008.
Failed not_launched(int error);

/// Of a worker that was not ready in time: E2004. It was made to say where it was, if it could: its `last_words`.
Failed not_ready_in_time(const Phase& phase, std::chrono::milliseconds limit, std::string_view last_words);

}  // namespace appserve::supervisor
