// What appserve can be asked for instead of serving: its first word. Knows not how any of it is done.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/arguments.hpp"

namespace appserve::config {

struct Subcommand {
  std::string_view name;            // "inspect"
  std::string_view operands;        // as --help shows them: "LIB[:SYMBOL]"; empty: none
  std::string_view help;            // one line, no full stop
  std::size_t least = 0, most = 0;  // how many operands
  bool settings = false;            // the options of the settings mean something to it
};

const std::vector<Subcommand>& subcommands();

/// Null: there is none of that name.
const Subcommand* find_subcommand(std::string_view name);

/// The one the first word names, which is taken away from `given`; null: serve.
const Subcommand* take_subcommand(Arguments& given);

/// E3020 for a first word that is no library's but a command's: a mistyped one, or another program's.
std::optional<Error> unknown_command(const std::vector<std::string>& words);

/// E3020 for each option that is not the subcommand's, E3021 for too few or too many operands, and others than it
/// takes. `subcommand` may be null.
Errors misuses(const Subcommand* subcommand, const Arguments& given);

}  // namespace appserve::config
