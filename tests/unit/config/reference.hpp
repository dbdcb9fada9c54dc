// The documents that are made of the option table: docs/reference/options.md, and the settings in config.toml.
#pragma once
#include <string>
#include <vector>

#include "config/option.hpp"

namespace appserve::config {

std::string options_page(const std::vector<Option>& table);

/// Every setting with its default, switched off by a '#' without a blank behind it.
std::string settings_template(const std::vector<Option>& table);

}  // namespace appserve::config
