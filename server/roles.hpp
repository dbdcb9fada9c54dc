// The two ways to serve: alone, with sockets of one's own; or as a worker, with those of a supervisor.
#pragma once
#include <span>

#include "base/error.hpp"
#include "base/progress.hpp"
#include "config/settings.hpp"
#include "supervisor/post.hpp"

namespace appserve {

struct Terminal {
  bool is_terminal = false;  // standard error
  bool colour = false;

  /// It takes sequences that take a line away again.
  bool takes_sequences() const { return is_terminal && colour; }
  /// Of one that takes none: prints lines. Null where nobody looks.
  Progress::Tell teller() const;
};

/// Binds, loads and serves until told to stop.
Result<void, Errors> serve_alone(const config::Settings& settings, const Terminal& terminal);

/// The same with what the supervisor gave; it hears what goes wrong. The exit code.
int serve_at(const supervisor::Post& post, std::span<const char* const> arguments,
             std::span<const char* const> environment, bool is_terminal);

}  // namespace appserve
