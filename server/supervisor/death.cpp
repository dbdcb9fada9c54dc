#include "supervisor/death.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <utility>

#include "base/demangle.hpp"

namespace appserve::supervisor {
namespace {

constexpr std::size_t kLongestText = 64 * 1024, kLongestReason = 4 * 1024;  // fit into one message of the channel

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

Failed failed(Error error) { return failed_with({std::move(error)}, false); }

// "error[E2002]: libgame.so: …" and what follows.
Failed told_by(const std::string& last_words, int status) {
  std::string reason = last_words.substr(5, last_words.find('\n') - 5);
  if (const std::size_t colon = reason.find("]: "); colon != reason.npos) reason.erase(colon + 1, 1);
  const int exit =
      WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : static_cast<int>(Exit::plugin_start);
  return {.exit = exit, .reason = std::move(reason), .text = last_words};
}

std::string doing(const Phase& phase) {
  return phase.stage == Phase::Stage::loading ? "while loading" : "in " + phase.symbol;
}

std::string seconds(std::chrono::milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

// "open64 < create": the functions of a crash report's frames, innermost first.
std::string waited_in(std::string_view last_words) {
  constexpr std::size_t kMost = 6;
  std::istringstream lines{std::string(last_words)};
  std::string place, before, line;
  std::size_t told = 0;
  while (std::getline(lines, line) && told < kMost) {
    const std::size_t name = line.rfind("  "), end = line.rfind('+');
    if (!line.starts_with("  #") || end == line.npos || end < name) continue;
    const std::string symbol = line.substr(name + 2, end - name - 2);
    const bool is_module = line.find("  " + symbol + "  ") != line.npos;  // a function without a name
    if (is_module || symbol == before) continue;
    place += (place.empty() ? "" : " < ") + demangle(symbol);
    before = symbol;
    ++told;
  }
  return place;
}

}  // namespace

Failed failed_with(const Errors& errors, bool colour) {
  const Error& first = errors.front();
  Failed failed{static_cast<std::int32_t>(first.fault->exit),
                std::string("[") + first.fault->severity + std::to_string(first.fault->number) + "] " + first.what,
                {}};
  for (const Error& error : errors) failed.text += render(error, colour);
  failed.reason.resize(std::min(failed.reason.size(), kLongestReason));
  failed.text.resize(std::min(failed.text.size(), kLongestText));
  return failed;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "killed by " + signal_name(WTERMSIG(status));
  return "exited " + std::to_string(WEXITSTATUS(status)) + " by itself";
}

Failed died_while_starting(const Phase& phase, int status, const std::string& last_words) {
  if (last_words.starts_with("error[")) return told_by(last_words, status);
  if (phase.stage == Phase::Stage::starting)
    return failed(
        {.fault = &fault('E', 6008), .what = "a worker " + how_it_ended(status) + " before it loaded any app"});
  if (!WIFSIGNALED(status))
    return failed(
        {.fault = &fault('E', 2003),
         .what = phase.library + " called exit(" + std::to_string(WEXITSTATUS(status)) + ") " + doing(phase)});
  const bool creating = phase.stage == Phase::Stage::creating;
  return failed({.fault = creating ? &fault('E', 2007) : &fault('E', 2002),
                 .what = phase.library + " crashed " + doing(phase) + ": " + signal_name(WTERMSIG(status))});
}

Failed not_launched(int error) {
  return failed({.fault = &fault('E', 6008), .what = std::string("cannot start a worker: ") + std::strerror(error)});
}

Failed not_ready_in_time(const Phase& phase, std::chrono::milliseconds limit, std::string_view last_words) {
  const std::string what =
      phase.stage == Phase::Stage::starting
          ? "a worker was not ready after " + seconds(limit)
          : (phase.stage == Phase::Stage::loading
                 ? phase.library + " is still loading after " + seconds(limit)
                 : phase.symbol + " of " + phase.library + " has not returned after " + seconds(limit));
  Error error{.fault = &fault('E', 2004), .what = what + " (server.start_timeout)"};
  if (const std::string place = waited_in(last_words); !place.empty()) error.notes = {"it waits in  " + place};
  return failed(std::move(error));
}

}  // namespace appserve::supervisor
