// /status.json: the scoreboard as the status page draws it, and the settings once.
#pragma once
#include <string>

#include "admin/about.hpp"
#include "scoreboard/board.hpp"

namespace appserve::admin {

std::string status_json(scoreboard::Board& board, const About& about);
std::string settings_json(const About& about);

}  // namespace appserve::admin
