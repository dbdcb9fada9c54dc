// Shell completion, made of the option table.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/option.hpp"

namespace appserve::config {

/// The script for "bash", "zsh" or "fish". E3021 for any other shell.
Result<std::string, Error> completion(std::string_view shell, const std::vector<Option>& table);

}  // namespace appserve::config
