// Monotonic time as values. Code that needs "now" takes it as a parameter; only the event loop reads the clock.
#pragma once
#include <chrono>

namespace appserve {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = Clock::duration;

}  // namespace appserve
