// What a worker that starts is at, in words.
#pragma once
#include "base/progress.hpp"
#include "supervisor/message.hpp"

namespace appserve::supervisor {

Progress::Work work_of(const Phase& phase);

}  // namespace appserve::supervisor
