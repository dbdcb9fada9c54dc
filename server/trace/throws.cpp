#include "trace/throws.hpp"

#include <array>
#include <atomic>
#include <mutex>

namespace appserve::trace {
namespace {

struct Throw {
  const void* exception = nullptr;
  Stack stack;
};

struct Kept {
  std::mutex mutex;
  std::array<Throw, 64> last;
  std::size_t next = 0;
};

std::atomic<bool> keeps = false;

Kept& kept() {
  static Kept all;
  return all;
}

}  // namespace

void keep_throws() noexcept { keeps = true; }

void thrown(const void* exception) noexcept {
  if (!keeps.load(std::memory_order_relaxed)) return;
  const Stack stack = Stack::capture();
  Kept& all = kept();
  const std::lock_guard alone(all.mutex);
  all.last[all.next++ % all.last.size()] = {exception, stack};
}

std::optional<Stack> where_thrown(const void* exception) noexcept {
  Kept& all = kept();
  const std::lock_guard alone(all.mutex);
  for (std::size_t back = 1; back <= all.last.size() && back <= all.next; ++back) {
    const Throw& seen = all.last[(all.next - back) % all.last.size()];
    if (seen.exception == exception) return seen.stack;
  }
  return std::nullopt;
}

}  // namespace appserve::trace
