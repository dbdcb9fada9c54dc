// Files that live in memory only and are handed on as descriptors.
#pragma once
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace appserve::supervisor {

/// Holds `bytes`; empty when the system refuses. `name` is for people who look into /proc.
UniqueFd memory_file(const char* name, std::string_view bytes = {});

/// All bytes from the beginning, whatever was read or written before.
std::string read_all(int fd);

}  // namespace appserve::supervisor
