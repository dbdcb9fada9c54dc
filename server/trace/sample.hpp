// What another thread is doing: its stack and its activity, taken by a signal on that thread, wherever it is. A wait of
// the thread may be interrupted by it (EINTR), so it is for threads that are late anyway.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>

#include "trace/activity.hpp"
#include "trace/stack.hpp"
#include "trace/words.hpp"

namespace appserve::trace {

struct Sample {
  Stack stack;
  Words app;      // "libgame.so:create_app at /game"; empty: in no app
  Words request;  // "POST /rooms/{id}/move"; empty: for none
  Words id;       // the request's
  Doing doing = Doing::nothing;
};

/// [ctl] Once, before the first sample.
void prepare_samples();

/// [any thread] Of a thread of this process, by its kernel id. Nothing when it did not answer in time. One at a time.
std::optional<Sample> sample_of(pid_t thread, std::chrono::milliseconds limit);

/// The calling thread's activity in words.
void describe_current(Sample& sample) noexcept;

}  // namespace appserve::trace
