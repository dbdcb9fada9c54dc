// How an operation ended, and whom to tell when it ends later. The numbers are the ABI's (abi.h, AS_OK …).
#pragma once
#include <cstdint>

namespace appserve::service {

enum class Status : std::int32_t {
  ok = 0,       // finished now; the completion will not be called
  pending = 1,  // the completion will be called exactly once, later, on the home loop
  eof = 2,
  invalid = -1,
  canceled = -2,
  gone = -3,
  too_big = -4,
  timed_out = -5,
  no_memory = -6,
  bad_state = -7,
  unsupported = -8,
  failed = -9
};

/// Called at most once, on the home loop, never from inside the call it was given to.
struct Completion {
  void (*fn)(void* arg, std::int32_t status) = nullptr;
  void* arg = nullptr;

  explicit operator bool() const { return fn != nullptr; }
  void operator()(Status status) const { fn(arg, static_cast<std::int32_t>(status)); }
};

}  // namespace appserve::service
