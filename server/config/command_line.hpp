// What the person asked for: arguments, environment and configuration file become one Command. Reads the file, prints
// nothing and ends nothing.
#pragma once
#include <functional>
#include <map>
#include <span>
#include <string>

#include "base/error.hpp"
#include "config/settings.hpp"

namespace appserve::config {

/// Where a value came from, by its path in the file: "server.threads" → "env APPSERVE_SERVER__THREADS",
/// "config.toml:3", "--threads". A path that is not here has its default.
using Origins = std::map<std::string, std::string, std::less<>>;

struct Command {
  enum class Kind : unsigned char { serve, print, check, develop, inspect, control, create } kind = Kind::serve;
  Settings settings;                  // serve, check, develop, inspect, control
  Origins origins;                    // serve, check
  std::string text = {};              // print: goes to standard output as it is (--help, explain …), then exit 0
  std::vector<std::string> operands;  // inspect: LIB[:SYMBOL]; control: what is asked; create: name and template
  bool json = false;                  // check, inspect: --json
  bool call = false, routes = false;  // inspect: --call, --routes
  bool wait = false;                  // control: --wait
  std::string config = {};            // the configuration file; empty: none
  int pid = 0;                        // control: --pid; 0: the only server there is
  Errors warnings = {};               // of severity W; may be empty. check: every problem found, errors first
};

/// Gives the bytes of the configuration file; E3010.
using ReadFile = std::function<Result<std::string, Error>(const std::string& path)>;

/// `arguments` without the program's name; `environment` as "NAME=value". Command line beats environment beats file
/// beats default. A failure has every problem found, errors first (command line, then configuration), then warnings:
/// the exit code is front().fault->exit; but to `check` they are what it asked for, if its own words are understood.
/// `read_file` stands for the disk.
Result<Command, Errors> parse_command_line(std::span<const char* const> arguments,
                                           std::span<const char* const> environment, const ReadFile& read_file = {});

/// Whether messages on standard error are coloured: `color` is Settings::color; auto asks for a terminal and honours
/// NO_COLOR (https://no-color.org).
bool use_colour(std::string_view color, bool is_terminal, std::span<const char* const> environment);

/// The same question when there are no settings because they are wrong: what --color or APPSERVE_LOG__COLOR say, "auto"
/// otherwise.
std::string color_choice(std::span<const char* const> arguments, std::span<const char* const> environment);

}  // namespace appserve::config
