// The command line taken apart: which option was given which text. The only file that knows CLI11.
#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/option.hpp"

namespace appserve::config {

struct KnownFlag {
  Flag flag;
  std::string needs;  // what its value is, for messages
};

struct Arguments {
  /// By name, in the order given. Switches have "true" or "false".
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::vector<std::string> words;  // what belongs to no option
  Errors findings;                 // E3020, E3021
  bool has_unknown = false;        // an unknown option: words may have been meant as its value

  /// The last one given, or null.
  const std::string* find(std::string_view flag) const;
  bool is_on(std::string_view flag) const;
};

Arguments read_arguments(std::span<const char* const> arguments, std::span<const KnownFlag> known);

}  // namespace appserve::config
