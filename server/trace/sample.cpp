#include "trace/sample.hpp"

#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <mutex>

namespace appserve::trace {
namespace {

enum class Stage : int { idle, asked, taking };

// The one place a signal handler and the thread that asked can meet.
struct Desk {
  std::mutex one_at_a_time;
  std::atomic<Stage> stage = Stage::idle;
  std::atomic<pid_t> whom = 0;
  Sample sample;
  sem_t taken;
};
Desk& desk() {
  static Desk desk;
  return desk;
}

int number() { return SIGRTMIN + 4; }

void on_signal(int, siginfo_t*, void* context) {
  const int before = errno;
  Desk& asked = desk();
  Stage expected = Stage::asked;
  if (asked.whom == static_cast<pid_t>(::syscall(SYS_gettid)) &&
      asked.stage.compare_exchange_strong(expected, Stage::taking)) {
    asked.sample.stack = Stack::capture(context);
    describe_current(asked.sample);
    ::sem_post(&asked.taken);
  }
  errno = before;
}

timespec after(std::chrono::milliseconds wait) {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  const long nanoseconds = time.tv_nsec + (wait.count() % 1000) * 1'000'000;
  time.tv_sec += wait.count() / 1000 + nanoseconds / 1'000'000'000;
  time.tv_nsec = nanoseconds % 1'000'000'000;
  return time;
}

bool wait_for(sem_t& semaphore, const timespec& until) {
  int result = 0;
  do result = ::sem_timedwait(&semaphore, &until);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

}  // namespace

void describe_current(Sample& sample) noexcept {
  for (Words* words : {&sample.app, &sample.request, &sample.id}) words->clear();
  sample.doing = current().doing;
  if (current().app != nullptr) sample.app << current().app;
  if (current().request == nullptr) return;
  const RequestWords& request = *current().request;
  if (!request.method.empty())
    sample.request << request.method << " " << (request.route.empty() ? request.target : request.route);
  sample.id << request.id;
}

void prepare_samples() {
  static const bool once = [] {
    ::sem_init(&desk().taken, 0, 0);
    (void)Stack::capture();  // the unwinder's own first-time work
    return true;
  }();
  (void)once;
  struct sigaction action{};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  ::sigaction(number(), &action, nullptr);
}

std::optional<Sample> sample_of(pid_t thread, std::chrono::milliseconds limit) {
  Desk& asked = desk();
  const std::lock_guard lock(asked.one_at_a_time);
  asked.whom = thread;
  asked.stage = Stage::asked;
  const timespec until = after(limit);
  bool taken = ::syscall(SYS_tgkill, ::getpid(), thread, number()) == 0 && wait_for(asked.taken, until);
  if (Stage expected = Stage::asked; !taken && !asked.stage.compare_exchange_strong(expected, Stage::idle))
    taken = wait_for(asked.taken, after(std::chrono::seconds(10)));  // it is at it
  asked.stage = Stage::idle;
  return taken ? std::optional(asked.sample) : std::nullopt;
}

}  // namespace appserve::trace
