// What `appserve explain` prints: the pages of docs/reference/faults.md, which are part of the program.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace appserve::config {

/// The page of "E1001", "1001" or "e1001"; all codes with their titles when `code` is empty. E3021 for an unknown one.
Result<std::string, Error> explain(std::string_view code);

}  // namespace appserve::config
