// From a library's name as typed to the path of a file. Looks at names of files only, never into them.
#pragma once
#include <string>
#include <vector>

#include "app/app_spec.hpp"
#include "base/error.hpp"

namespace appserve::app {

/// A bare name is looked for in the current folder, ./build, ./build/apps and `search_path`, in this order; a name with
/// a slash is taken as it is. The result is absolute. E1001 names the folders and what was probably meant.
Result<std::string, Error> find_library(const AppSpec& spec, const std::vector<std::string>& search_path);

}  // namespace appserve::app
