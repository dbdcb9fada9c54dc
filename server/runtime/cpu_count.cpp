#include "runtime/cpu_count.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace appserve::runtime {
namespace {

unsigned affinity_count() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

unsigned parse_cpu_max(std::string_view text) {
  const auto number = [&](std::string_view s) {
    unsigned long value = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    return error == std::errc{} ? value : 0ul;
  };
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return 0;
  const unsigned long quota = number(text.substr(0, space)), period = number(text.substr(space + 1));
  if (quota == 0 || period == 0) return 0;
  return static_cast<unsigned>((quota + period - 1) / period);
}

unsigned cpu_count() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const unsigned quota = parse_cpu_max(text);
  return quota == 0 ? affinity_count() : std::min(quota, affinity_count());
}

}  // namespace appserve::runtime
