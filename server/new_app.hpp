// `appserve new NAME`: a folder with an app that builds, runs and has tests, made from one of the templates inside.
#pragma once
#include <string>

#include "base/error.hpp"

namespace appserve {

/// Makes the folder `name` in `parent` (empty: here). What to print, or E3021 (no such template, no good name), E3023.
Result<std::string, Error> new_app(const std::string& name, const std::string& kind, const std::string& parent = {});

}  // namespace appserve
