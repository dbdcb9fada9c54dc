#include "trace/crash.hpp"

#include <cxxabi.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <typeinfo>

#include "base/fault.hpp"
#include "trace/activity.hpp"
#include "trace/alternate_stack.hpp"
#include "trace/modules.hpp"
#include "trace/stack.hpp"
#include "trace/words.hpp"

namespace appserve::trace {
namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr std::size_t kFramesTold = 16;

// Signal handlers are given nothing: all they know is here.
struct Watch {
  std::atomic<int> out = STDERR_FILENO;
  std::atomic<bool> exit_expected = false;
  std::atomic<pid_t> reporting = 0;  // the thread that crashed first
  std::array<struct sigaction, kSignals.size()> before{};
  std::array<char, 400> terminated{};  // std::terminate's reason
};
constinit Watch watch;

std::string_view name_of(int signal) noexcept {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGILL:
      return "SIGILL";
    case SIGFPE:
      return "SIGFPE";
    default:
      return "SIGABRT";
  }
}

pid_t this_thread() noexcept { return static_cast<pid_t>(::syscall(SYS_gettid)); }

void send(Words& words) noexcept {
  words.newline();
  std::string_view rest = words.view();
  while (!rest.empty()) {
    const ssize_t sent = ::write(watch.out, rest.data(), rest.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  words.clear();
}

// ---- what happened --------------------------------------------------------------------------------------------------

bool is_stack_overflow(std::uintptr_t address, std::uintptr_t sp) noexcept {
  constexpr std::uintptr_t kNear = 1 << 20;
  const StackBounds bounds = stack_bounds();
  if (bounds.size == 0) return false;
  const bool below = address < bounds.low + 4096 && address + kNear > bounds.low;
  return below || sp < bounds.low;
}

void say_signal(Words& words, int signal, const siginfo_t& info, const void* context) noexcept {
  words << name_of(signal);
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  if (signal == SIGABRT) {
    if (watch.terminated[0] != '\0') words << " (" << watch.terminated.data() << ")";
  } else if (info.si_code <= 0) {
    words << " sent by process ";
    words.dec(static_cast<std::uint64_t>(info.si_pid));
  } else if (signal == SIGSEGV && is_stack_overflow(address, interrupted_at(context).sp)) {
    words << " (stack overflow, ";
    words.dec(stack_bounds().size >> 20) << " MiB)";
  } else if (signal == SIGFPE) {
    words << (info.si_code == FPE_INTDIV ? " (division by zero)" : "");
  } else if (signal != SIGILL && info.si_code != SI_KERNEL) {
    words << " at ";
    words.hex(address);
  }
}

const Fault& fault_of(int signal) noexcept {
  switch (current().doing) {
    case Doing::loading:
      return fault('E', 2002);
    case Doing::creating:
      return fault('E', 2007);
    case Doing::destroying:
      return fault('W', 5025);
    default:
      return signal == SIGABRT ? fault('E', 5018) : fault('E', 5017);
  }
}

const Fault& fault_of_exit() noexcept {
  const bool starting = current().doing == Doing::loading || current().doing == Doing::creating;
  return starting ? fault('E', 2003) : fault('E', 5019);
}

// ---- the report -----------------------------------------------------------------------------------------------------

void say_code(Words& words, const Fault& fault) noexcept {
  const char severity[2] = {fault.severity, '\0'};
  words << (fault.severity == 'E' ? "error[" : "warning[") << severity;
  words.dec(static_cast<std::uint64_t>(fault.number)) << "]: ";
}

// "libgame.so": where the code is that did it, or whose turn it was.
void say_plugin(Words& words, const Stack& stack) noexcept {
  for (const std::uintptr_t frame : stack.frames())
    if (const Place place = modules().find(frame); place.plugin) {
      words << place.module;
      return;
    }
  const std::string_view app = current().app == nullptr ? "appserve" : current().app;
  words << app.substr(0, app.find(':'));
}

void say_place(Words& words, std::uintptr_t address) noexcept {
  const Place place = modules().find(address);
  if (place.symbol.empty())
    words << (place.module.empty() ? "no known library" : place.module);
  else
    words << place.symbol;
  words << "+";
  words.hex(place.offset);
}

// The innermost call of a plugin, which tells more than memcpy or abort; else the innermost.
std::uintptr_t culprit(const Stack& stack) noexcept {
  for (const std::uintptr_t frame : stack.frames())
    if (modules().find(frame).plugin) return frame;
  return stack.frames().empty() ? 0 : stack.frames().front();
}

void say_request(Words& words, const RequestWords& request) noexcept {
  words << request.method << " " << request.target;
  if (!request.route.empty()) words << " (route " << request.route << ")";
  words << " request " << request.id;
}

void send_surroundings(Words& words) noexcept {
  if (current().app != nullptr) {
    words << "  app      " << current().app << ", " << words_for(current().doing);
    send(words);
  }
  if (current().request != nullptr && !current().request->method.empty()) {
    words << "  request  ";
    say_request(words, *current().request);
    send(words);
  }
  std::array<char, 17> name{};
  ::prctl(PR_GET_NAME, name.data());
  words << "  thread   " << name.data();
  if (stack_bounds().size == 0) words << ", not one of the server's";
  send(words);
}

// The app's frames and what called them; further out is only the server's loop.
std::size_t frames_worth_telling(const Stack& stack) noexcept {
  const auto frames = stack.frames();
  std::size_t last = frames.size();
  while (last > 0 && !modules().find(frames[last - 1]).plugin) --last;
  return std::min({last == 0 ? frames.size() : last + 1, frames.size(), kFramesTold});
}

void send_frames(Words& words, const Stack& stack) noexcept {
  std::size_t number = 0;
  for (const std::uintptr_t frame : stack.frames().first(frames_worth_telling(stack))) {
    words << "  #";
    words.dec(number) << (number < 10 ? "  " : " ") << modules().find(frame).module << "  ";
    say_place(words, frame);
    send(words);
    ++number;
  }
}

// Its first line stands on its own: what comes after may fail when memory is damaged.
template <class What>
void report(const Fault& fault, const Stack& stack, What say_what) noexcept {
  if (current().doing == Doing::loading)
    for (const std::uintptr_t frame : stack.frames()) modules().learn_at(frame);
  Words words;
  say_code(words, fault);
  say_plugin(words, stack);
  say_what(words);
  send(words);
  send_surroundings(words);
  send_frames(words, stack);
}

// ---- the ways to end ------------------------------------------------------------------------------------------------

// A start that fails has its exit code, and an app's end does not change the server's.
void end_of(const Fault& fault) noexcept {
  if (fault.number / 1000 == 2) ::_exit(static_cast<int>(fault.exit));
  if (current().doing == Doing::destroying) ::_exit(0);
}

void pass_on(int signal, siginfo_t* info, void* context) noexcept {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] != signal) continue;
    const struct sigaction& before = watch.before[i];
    if ((before.sa_flags & SA_SIGINFO) != 0) {
      before.sa_sigaction(signal, info, context);
      return;
    }
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    ::sigaction(signal, &standard, nullptr);
    if (info->si_code <= 0) ::syscall(SYS_tgkill, ::getpid(), this_thread(), signal);
  }
}

void on_fatal_signal(int signal, siginfo_t* info, void* context) {
  pid_t nobody = 0;
  const bool first = watch.reporting.compare_exchange_strong(nobody, this_thread());
  if (!first && nobody != this_thread())
    for (;;) ::pause();  // the process ends when the first one's report is out
  const Fault& fault = fault_of(signal);
  const Stack stack = first ? Stack::capture(context) : Stack();
  Words words;
  if (first)
    report(fault, stack, [&](Words& what) {
      say_signal(what << ": ", signal, *info, context);
      say_place(what << " in ", culprit(stack));
    });
  else
    send(words << "  (the report ends here: the process's memory is damaged)");
  end_of(fault);
  pass_on(signal, info, context);
}

[[noreturn]] void on_terminate() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  Words words;
  words << "std::terminate";
  if (type != nullptr) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                      std::free);
    words << ": " << (name ? name.get() : type->name());
    try {
      throw;
    } catch (const std::exception& e) {
      words << ": " << e.what();
    } catch (...) {
      words << " thrown";
    }
  }
  words.view().copy(watch.terminated.data(), watch.terminated.size() - 1);
  std::abort();
}

void on_exit_out_of_turn(int status, void*) {
  if (watch.exit_expected) return;
  const Fault& fault = fault_of_exit();
  report(fault, Stack::capture(), [&](Words& what) {
    what << " called exit(";
    what.dec(static_cast<std::uint64_t>(status & 255)) << ") " << words_for(current().doing);
  });
  end_of(fault);
  ::_exit(status);  // other threads run: what exit() would do next is not safe
}

}  // namespace

void watch_for_crashes() {
  (void)Stack::capture();  // the unwinder's own first-time work
  ensure_alternate_stack();
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action{};
    action.sa_sigaction = on_fatal_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    ::sigaction(kSignals.at(i), &action, &watch.before.at(i));
  }
  std::set_terminate(on_terminate);
  ::on_exit(on_exit_out_of_turn, nullptr);
}

void send_last_words_to(int fd) noexcept { watch.out = fd; }

void expect_exit() noexcept { watch.exit_expected = true; }

}  // namespace appserve::trace
