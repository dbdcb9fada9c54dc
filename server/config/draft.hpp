// Settings while their layers are laid on: every value knows who gave it, every finding is kept.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "config/command_line.hpp"
#include "config/option.hpp"
#include "config/value.hpp"

namespace appserve::config {

struct Draft {
  /// Takes `value` over, or adds what is wrong with it to the findings.
  void give(const Option& option, const Value& value, const Source& source);

  void add(Error finding) { findings.push_back(std::move(finding)); }

  Settings settings;
  Origins origins;
  std::map<std::string, SourceMark, std::less<>> marks;  // of the values that come from the file
  Errors findings;
};

/// E3004, E3005 (file), E3007 (environment), E3021 (argument), or the code of the room that owns the value.
/// `overridden` is where the same setting was given before; may be empty.
Error wrong_value(const Option& option, const Complaint& complaint, const Value& value, const Source& source,
                  const std::string& overridden);

}  // namespace appserve::config
