// Where private copies of libraries go when nobody says: a temporary folder that has room for them.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace appserve::app {

/// The first of `folders` with `room` bytes to spare; the first one when none has.
std::string with_room(const std::vector<std::string>& folders, std::uint64_t room);

/// $RUNTIME_DIRECTORY (systemd's RuntimeDirectory=), else the user's folder in the first of $TMPDIR, /tmp and /var/tmp
/// that has 64 MiB to spare.
std::string default_runtime_dir(uid_t user);

}  // namespace appserve::app
