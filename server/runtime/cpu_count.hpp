// How many CPUs this process may use: the cgroup's quota, the affinity mask, the machine; the smallest.
#pragma once
#include <string_view>

namespace appserve::runtime {

unsigned cpu_count();

/// CPUs granted by the text of a cgroup v2 cpu.max ("200000 100000" → 2), rounded up; 0: no quota.
unsigned parse_cpu_max(std::string_view text);

}  // namespace appserve::runtime
