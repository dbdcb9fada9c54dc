// The server's log: one line per event, to standard error or a file. Knows nothing of what it logs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace appserve {

class Log {
 public:
  enum class Level : unsigned char { trace, debug, info, warn, error, off };

  struct Options {
    Level level = Level::info;  // lines below it are not written
    bool colour = false;        // with ANSI sequences
    bool json = false;          // an object per line
    std::string file;           // empty or "-": standard error
    std::size_t kept = 0;       // lines that recent() has
  };
  /// Is told of warnings and errors, and of lines that were lost. [any thread]
  class Listener {
   public:
    virtual void said(Level level, std::string_view text) = 0;
    virtual void dropped(std::uint64_t lines) = 0;

   protected:
    ~Listener() = default;
  };

  explicit Log(Options options);
  explicit Log(Level level, bool colour = false) : Log(Options{.level = level, .colour = colour}) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  /// [any thread] Never waits: a line that a full pipe or disk does not take at once is dropped and counted; the count
  /// is told when lines are taken again. Control bytes in `text` are escaped: nobody forges a line.
  void write(Level level, std::string_view text);
  /// [any thread] The same, with a code: "error[E5001] …".
  void write(const Fault& fault, std::string_view text);

  /// [any thread] What was written last, oldest first, without times and colours.
  std::vector<std::string> recent() const;

  bool enabled(Level level) const { return level >= options_.level; }

  /// [any thread] The file was moved away: begins a new one. A deleted one is noticed without.
  void reopen();
  /// [any thread] Null: nobody. Returns when the one before is called no more.
  void set_listener(Listener* listener);

 private:
  struct Sink;
  void put(Level level, std::string_view code, std::string_view text);

  Options options_;
  std::unique_ptr<Sink> sink_;
};

/// "debug" → Level::debug; info when unknown.
Log::Level log_level(std::string_view name);

/// With control bytes written as \xNN.
std::string escape_control(std::string_view text);

}  // namespace appserve
