// The last words of a process: a signal that kills, std::terminate, exit() out of turn. A short report says what, which
// plugin, where, and for which request; then the signal takes its course (a core file, a sanitizer's report).
#pragma once

namespace appserve::trace {

/// [ctl] Once, early, on the main thread, which gets its second stack here. Before it, prepare what is read then:
/// modules().learn(). Handlers that are there already, a sanitizer's for instance, are called after ours.
void watch_for_crashes();

/// [ctl] Reports go to this descriptor instead of standard error. It stays open for the life of the process.
void send_last_words_to(int fd) noexcept;

/// [ctl] From here on exit() is the right way to end.
void expect_exit() noexcept;

}  // namespace appserve::trace
