// From settings to a running server. The only file that knows every room.
#pragma once
#include "base/error.hpp"
#include "config/settings.hpp"

namespace appserve {

struct Terminal {
  bool is_terminal = false;  // standard error
  bool colour = false;
};

/// Binds, loads and serves until told to stop. A failure is everything that kept it from serving.
Result<void, Errors> serve(const config::Settings& settings, const Terminal& terminal);

/// Where bare library names are looked for, after the current folder and its build folder.
std::vector<std::string> app_search_path(const config::Settings& settings);

}  // namespace appserve
