// libdies.so:app - ends its process where $DIES says: loading-segv, loading-exit, creating-segv, creating-overflow,
// creating-exit, destroying-segv; or only changes it, creating-changes, creating-signal. Built without sanitizers;
// never shipped.
#include <appserve/abi.h>

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <clocale>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

volatile int* const nowhere = reinterpret_cast<volatile int*>(0x18);

// NOLINTNEXTLINE: that is the deed
[[gnu::noinline]] int recurse(volatile char* above, int depth) {
  volatile char frame[512];
  frame[0] = *above;
  return depth == INT_MAX ? frame[0] : recurse(frame, depth + 1) + frame[1];
}

void change_everything() {
  std::signal(SIGUSR2, SIG_IGN);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGWINCH);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
  ::umask(0);
  std::setlocale(LC_ALL, "C.UTF-8");
  if (::chdir("/") != 0 || ::close(STDIN_FILENO) != 0) std::abort();
  if (::fork() == 0) {
    ::pause();
    ::_exit(0);
  }
}

[[gnu::noinline]] void die(std::string_view where) {
  const char* wanted = std::getenv("DIES");
  const std::string_view mode = wanted == nullptr ? "" : wanted;
  if (mode.substr(0, mode.find('-')) != where) return;
  const std::string_view how = mode.substr(mode.find('-') + 1);
  volatile char start = 0;
  if (how == "segv") *nowhere = 1;
  if (how == "overflow") *nowhere = recurse(&start, 0);
  if (how == "exit") std::exit(3);
  if (how == "signal") std::signal(SIGSEGV, SIG_IGN);
  if (how == "changes") change_everything();
}

const bool loaded = (die("loading"), true);

std::int32_t create(const as_app*, const as_host*, as_ctx*, const as_config*, void** self, as_error*) {
  die("creating");
  *self = nullptr;
  return loaded ? AS_OK : AS_EFAIL;
}
std::int32_t handle(void*, as_req*) { return AS_EFAIL; }
void destroy(void*) { die("destroying"); }

}  // namespace

extern "C" {
AS_EXPORT extern const as_app app;
const as_app app = {AS_APP_HEAD, "dies",  "1.0",   "tests", create,  handle, nullptr,
                    nullptr,     nullptr, destroy, nullptr, nullptr, nullptr};
}
AS_DECLARE_NOTE(2)
