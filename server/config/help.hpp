// What --help prints: made of the option table.
#pragma once
#include <string>
#include <vector>

#include "config/option.hpp"
#include "config/subcommands.hpp"

namespace appserve::config {

std::string help_text(const std::vector<Option>& table);
std::string help_text(const Subcommand& subcommand);

/// "appserve 0.1.0"
std::string version_text();
/// The same, and how it was built: compiler, libraries, the ABI's versions.
std::string features_text();

}  // namespace appserve::config
