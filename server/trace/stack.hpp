// Where a thread is: its return addresses, innermost first.
//
// Taken with libgcc's unwinder: it reads the unwind tables every C++ library has, so plugins need no frame pointers; it
// is in the process anyway, for exceptions; and with glibc's _dl_find_object (2.35) it takes no lock and no memory, so
// it may be called in a signal handler.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace appserve::trace {

class Stack {
 public:
  /// [any thread, signal handlers] The calling thread's.
  static Stack capture() noexcept;
  /// In a signal handler, with what it was given: the interrupted code's, without the handler.
  static Stack capture(const void* context) noexcept;

  /// Addresses inside the calls, innermost first.
  std::span<const std::uintptr_t> frames() const noexcept { return {frames_.data(), size_}; }
  void push(std::uintptr_t address) noexcept {
    if (size_ < frames_.size()) frames_[size_++] = address;
  }

 private:
  std::array<std::uintptr_t, 48> frames_{};
  std::size_t size_ = 0;
};

/// Where a signal interrupted the thread: program counter, stack pointer.
struct Interrupted {
  std::uintptr_t pc = 0, sp = 0;
};
Interrupted interrupted_at(const void* context) noexcept;

}  // namespace appserve::trace
