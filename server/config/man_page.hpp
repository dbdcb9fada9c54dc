// The manual page, made of the option table.
#pragma once
#include <string>
#include <vector>

#include "config/option.hpp"

namespace appserve::config {

/// In troff with the man macros: appserve(1).
std::string man_page(const std::vector<Option>& table);

}  // namespace appserve::config
