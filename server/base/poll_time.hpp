// How long poll() may wait.
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.hpp"

namespace appserve {

/// In milliseconds: until then, a minute at most; -1, for ever, when there is no such moment.
inline int milliseconds_until(std::optional<Time> moment, Time now) {
  if (!moment) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*moment - now);
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), std::chrono::milliseconds(60'000)).count());
}

}  // namespace appserve
