#include "trace/stack.hpp"

#include <ucontext.h>
#include <unwind.h>

namespace appserve::trace {
namespace {

_Unwind_Reason_Code visit(_Unwind_Context* context, void* stack) {
  int before = 0;  // the address is of the instruction itself, not of the one after a call
  const std::uintptr_t ip = _Unwind_GetIPInfo(context, &before);
  if (ip == 0) return _URC_END_OF_STACK;
  static_cast<Stack*>(stack)->push(before != 0 ? ip : ip - 1);
  return _URC_NO_REASON;
}

// The address a call by a bad pointer would have returned to: there are no unwind tables at the bad address.
__attribute__((no_sanitize("address", "thread", "undefined"))) std::uintptr_t caller_of_nowhere(
    const void* context) noexcept {
#if defined(__x86_64__)
  return *reinterpret_cast<const std::uintptr_t*>(interrupted_at(context).sp);
#elif defined(__aarch64__)
  return static_cast<const ucontext_t*>(context)->uc_mcontext.regs[30];
#else
  return 0;
#endif
}

}  // namespace

Stack Stack::capture() noexcept {
  Stack stack;
  _Unwind_Backtrace(visit, &stack);
  return stack;
}

Stack Stack::capture(const void* context) noexcept {
  const std::uintptr_t pc = interrupted_at(context).pc;
  const Stack all = capture();
  Stack stack;
  bool seen = false;
  for (const std::uintptr_t frame : all.frames()) {
    seen = seen || frame == pc;
    if (seen) stack.push(frame);
  }
  if (stack.frames().size() > 1) return stack;
  Stack short_one;
  short_one.push(pc);
  if (const std::uintptr_t caller = caller_of_nowhere(context); caller > 1) short_one.push(caller - 1);
  return short_one;
}

Interrupted interrupted_at(const void* context) noexcept {
  const mcontext_t& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return {static_cast<std::uintptr_t>(machine.gregs[REG_RIP]), static_cast<std::uintptr_t>(machine.gregs[REG_RSP])};
#elif defined(__aarch64__)
  return {machine.pc, machine.sp};
#else
  (void)machine;
  return {};
#endif
}

}  // namespace appserve::trace
