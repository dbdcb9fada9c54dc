// What this machine allows, against what the settings ask for: descriptors and the queue of newcomers.
#pragma once
#include "base/error.hpp"
#include "config/settings.hpp"

namespace appserve {

/// Raises this process's limit of descriptors, which workers inherit, as far as its connections need and the system
/// lets. What still falls short: W4010, W4040.
Errors fit_to_machine(const config::Settings& settings);

}  // namespace appserve
