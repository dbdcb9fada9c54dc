// What `appserve print-config` prints: every value that holds, and where it comes from.
#pragma once
#include <string>
#include <vector>

#include "config/command_line.hpp"
#include "config/option.hpp"

namespace appserve::config {

std::vector<EffectiveValue> effective_values(const std::vector<Option>& table, const Settings& settings,
                                             const Origins& origins);
std::string print_config(const std::vector<Option>& table, const Settings& settings, const Origins& origins);

}  // namespace appserve::config
