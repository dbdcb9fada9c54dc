// A second stack for a thread's signal handlers, so that even a stack overflow can be told.
#pragma once
#include <csignal>
#include <cstddef>
#include <cstdint>

namespace appserve::trace {

class AlternateStack {
 public:
  /// For the calling thread, which must also end it. Without memory for it the thread goes on without.
  AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;
  ~AlternateStack();

 private:
  stack_t before_{};
  void* memory_ = nullptr;
};

/// For threads somebody else makes and ends: one from here to the thread's end.
void ensure_alternate_stack();

/// [signal handlers] Where this thread's stack ends and how large it is; {} when it has no AlternateStack.
struct StackBounds {
  std::uintptr_t low = 0;
  std::size_t size = 0;
};
StackBounds stack_bounds() noexcept;

}  // namespace appserve::trace
