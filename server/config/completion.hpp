// Shell completion, made of the option table.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/option.hpp"

namespace appserve::config {

/// The script for "bash", "zsh" or "fish".
std::string completion(std::string_view shell, const std::vector<Option>& table);

}  // namespace appserve::config
