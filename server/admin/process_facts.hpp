// What the kernel says of a process.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace appserve::admin {

struct ProcessFacts {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
  double cpu_seconds = 0;
};

/// Nothing when there is no such process.
std::optional<ProcessFacts> process_facts(pid_t pid);

}  // namespace appserve::admin
