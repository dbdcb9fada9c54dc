// `appserve inspect`: what a library is, told without running anything of it.
#pragma once
#include <string>

#include "base/error.hpp"
#include "config/command_line.hpp"

namespace appserve {

struct InspectionReport {
  std::string text;  // for standard output
  Errors findings;   // for standard error: why it cannot be served, and warnings; the errors first

  bool ok() const { return findings.empty() || findings.front().fault->severity != 'E'; }
};

/// A failure when there is nothing to tell (E1001 - E1013, E1026).
Result<InspectionReport, Errors> inspect(const config::Command& command);

}  // namespace appserve
