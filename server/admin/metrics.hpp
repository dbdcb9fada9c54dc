// /metrics: the scoreboard as Prometheus reads it. Names are part of the interface: docs/guide/logs-and-metrics.md.
#pragma once
#include <string>

#include "admin/about.hpp"
#include "scoreboard/board.hpp"

namespace appserve::admin {

std::string metrics(scoreboard::Board& board, const About& about);

}  // namespace appserve::admin
