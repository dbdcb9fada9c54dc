// `appserve inspect`: what a library is, told without running anything of it; its routes, by a process of its own.
#pragma once
#include <string>

#include "base/error.hpp"
#include "config/command_line.hpp"
#include "roles.hpp"

namespace appserve {

struct InspectionReport {
  std::string text;  // for standard output
  Errors findings;   // for standard error: why it cannot be served, and warnings; the errors first

  bool ok() const { return findings.empty() || findings.front().fault->severity != 'E'; }
};

/// A failure when there is nothing to tell (E1001 - E1013, E1026).
Result<InspectionReport, Errors> inspect(const config::Command& command);

/// The routes of one app, which a worker loads and ends again; `words` as main got them. A failure is why it does not.
Result<InspectionReport, Errors> list_routes(const config::Command& command, char* const* words,
                                             const Terminal& terminal);

/// What that worker loads.
config::Settings as_settings(const config::Command& command);

}  // namespace appserve
