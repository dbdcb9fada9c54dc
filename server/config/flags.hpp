// The options that are no settings of their own, and those of waitress-serve that appserve takes another way.
#pragma once
#include <algorithm>
#include <string_view>
#include <vector>

#include "config/option.hpp"

namespace appserve::config {

/// The group of the options that belong to every subcommand.
inline constexpr std::string_view kGeneral = "General";

struct CommandFlag {
  std::string_view group;
  Flag flag;
  std::string_view noun;                        // what it needs, for messages
  std::vector<std::string_view> only_for = {};  // the subcommands it belongs to; none: to serving

  bool is_for(std::string_view subcommand) const { return std::ranges::find(only_for, subcommand) != only_for.end(); }
};

/// --call, --mount, --config, --host, …: in the order they are shown.
std::vector<CommandFlag> command_flags();

/// An option of waitress-serve that is not one of ours.
struct WaitressFlag {
  enum class Effect : unsigned char {
    none,     // accepted, W3013
    refused,  // E3020: going on without it would not be what was asked for
    on_only,  // a switch that is on here: taken without a word, and refused when it is switched off
    seconds,  // the setting `path`, in seconds
  };
  Flag flag;
  Effect effect;
  std::string_view why;        // none, refused: the end of the message
  std::string_view path = {};  // seconds
};

std::vector<WaitressFlag> waitress_flags();

}  // namespace appserve::config
