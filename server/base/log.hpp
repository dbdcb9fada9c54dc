// The server's log: one line per event, to standard error. Knows nothing of what it logs.
#pragma once
#include <memory>
#include <string_view>

#include "base/error.hpp"

namespace appserve {

class Log {
 public:
  enum class Level : unsigned char { trace, debug, info, warn, error };

  /// Lines below `level` are dropped. `colour` adds ANSI sequences.
  explicit Log(Level level, bool colour = false);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  /// [any thread] Never blocks for long: a line that a full pipe would not take at once is dropped and counted; the
  /// count is told when the pipe takes lines again. Control bytes in `text` are escaped: nobody forges a line.
  void write(Level level, std::string_view text);
  /// [any thread] The same, with a code: "error[E5001] …".
  void write(const Fault& fault, std::string_view text);

  bool enabled(Level level) const { return level >= level_; }

 private:
  struct Sink;
  Level level_;
  std::unique_ptr<Sink> sink_;
};

/// "debug" → Level::debug; info when unknown.
Log::Level log_level(std::string_view name);

/// With control bytes written as \xNN.
std::string escape_control(std::string_view text);

}  // namespace appserve
