#include "base/background.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

namespace appserve {
namespace {

// sched_setattr(2) with the first version of its structure; glibc has it from 2.41 only.
struct Scheduling {
  std::uint32_t size = sizeof(Scheduling);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // ns, of an ordinary task: how long its turns are; 0: as usual. Older kernels ignore it
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(Scheduling) == 48);

constexpr std::uint64_t kLongTurn = 100'000'000;  // the longest there is

void change(pid_t thread, std::uint32_t from, std::uint32_t to, std::uint64_t turn) {
  Scheduling wanted;
  if (::syscall(SYS_sched_getattr, thread, &wanted, sizeof wanted, 0) != 0 || wanted.policy != from) return;
  wanted.policy = to;
  wanted.runtime = turn;
  ::syscall(SYS_sched_setattr, thread, &wanted, 0);
}

void forward(pid_t thread) { change(thread, SCHED_BATCH, SCHED_OTHER, 0); }

}  // namespace

Background::Background() { change(0, SCHED_OTHER, SCHED_BATCH, kLongTurn); }

Background::~Background() { forward(0); }

void to_foreground() {
  std::error_code failed;
  for (std::filesystem::directory_iterator task("/proc/self/task", failed), end; !failed && task != end;
       task.increment(failed)) {
    const std::string name = task->path().filename().string();
    pid_t thread = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), thread).ec == std::errc{}) forward(thread);
  }
}

}  // namespace appserve
