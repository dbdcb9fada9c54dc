// Whether the server lives and may be asked, as the scoreboard shows it.
#pragma once
#include <string>
#include <vector>

#include "scoreboard/snapshot.hpp"

namespace appserve::admin {

/// What is wrong, one sentence each; nothing: all is well.
using Problems = std::vector<std::string>;

/// A loop that gave no sign of life for 5 s.
Problems not_alive(const scoreboard::Snapshot& seen, std::int64_t now_ns);
/// No worker serves. What the apps say is not in it.
Problems not_ready(const scoreboard::Snapshot& seen);

}  // namespace appserve::admin
