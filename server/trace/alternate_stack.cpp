#include "trace/alternate_stack.hpp"

#include <pthread.h>
#include <sys/mman.h>

namespace appserve::trace {
namespace {

constexpr std::size_t kSize = 256 * 1024;  // touched only by a crash
constexpr std::size_t kGuard = 4096 * 4;

constinit thread_local StackBounds bounds;

StackBounds bounds_of_this_thread() {
  pthread_attr_t attributes;  // NOLINT: filled below
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return {};
  void* low = nullptr;
  std::size_t size = 0;
  ::pthread_attr_getstack(&attributes, &low, &size);
  ::pthread_attr_destroy(&attributes);
  return {reinterpret_cast<std::uintptr_t>(low), size};
}

}  // namespace

AlternateStack::AlternateStack() {
  bounds = bounds_of_this_thread();
  void* memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  ::mprotect(memory, kGuard, PROT_NONE);
  stack_t ours{};
  ours.ss_sp = static_cast<char*>(memory) + kGuard;
  ours.ss_size = kSize - kGuard;
  if (::sigaltstack(&ours, &before_) == 0)
    memory_ = memory;
  else
    ::munmap(memory, kSize);
}

AlternateStack::~AlternateStack() {
  bounds = {};
  if (memory_ == nullptr) return;
  ::sigaltstack(&before_, nullptr);
  ::munmap(memory_, kSize);
}

void ensure_alternate_stack() {
  thread_local const AlternateStack stack;
  (void)&stack;
}

StackBounds stack_bounds() noexcept { return bounds; }

}  // namespace appserve::trace
