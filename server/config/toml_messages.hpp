// The TOML parser's wording, said so that a person knows what to type.
#pragma once
#include <string>
#include <string_view>

namespace appserve::config {

struct TomlMessage {
  std::string label;  // beside the caret
  std::string help;   // may be empty
};

/// `description` is the parser's; `line` the line it stopped in and `column` where (bytes, from 1).
TomlMessage explain_toml(std::string_view description, std::string_view line, std::size_t column);

}  // namespace appserve::config
