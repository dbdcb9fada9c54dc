#include "config/subcommands.hpp"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "base/edit_distance.hpp"
#include "config/flags.hpp"

namespace appserve::config {
namespace {

std::string called(const Subcommand* subcommand) {
  return subcommand == nullptr ? "appserve" : "appserve " + std::string(subcommand->name);
}

bool belongs(const CommandFlag& flag, const Subcommand* subcommand) {
  if (flag.group == kGeneral) return true;
  if (!flag.only_for.empty()) return subcommand != nullptr && flag.is_for(subcommand->name);
  return subcommand == nullptr || subcommand->settings;
}

Error stranger(std::string_view name, const Subcommand* subcommand, const std::vector<std::string_view>& owners = {}) {
  Error error{&fault('E', 3020), std::string(name) + " is not an option of '" + called(subcommand) + "'", {}, {}, {}};
  std::string_view link = ", but of ";
  for (const std::string_view owner : owners)
    error.what += std::string(std::exchange(link, " and ")) + "'appserve " + std::string(owner) + "'";
  error.help = {called(subcommand) + " --help"};
  return error;
}

// Of "bash|zsh|fish": three; of "NAME": none.
std::vector<std::string> choices_of(const Subcommand& subcommand) {
  std::vector<std::string> choices;
  std::istringstream operands{std::string(subcommand.operands)};
  for (std::string choice; std::getline(operands, choice, '|');) choices.push_back(choice);
  return choices.size() > 1 ? choices : std::vector<std::string>();
}

}  // namespace

const std::vector<Subcommand>& subcommands() {
  static const std::vector<Subcommand> all = {
      {"print-config", "[LIB:SYMBOL]", "every setting that holds, and where it comes from", 0, 1, true},
      {"dev", "[FILE.cpp:SYMBOL]", "serves the folder's app, or a file's, and builds it when you save", 0, 1, true},
      {"check", "[LIB:SYMBOL]", "whether a start would succeed, and everything that is wrong", 0, 1, true},
      {"inspect", "LIB[:SYMBOL]", "what a library is and needs; runs nothing of it without --routes", 1, 1, true},
      {"ctl", "status|reload|upgrade|reopen|stop", "ask a running server for something", 1, 1, true},
      {"new", "NAME", "a folder with an app that builds, runs and has tests", 1, 1},
      {"explain", "[CODE]", "what an error means and what to do about it", 0, 1},
      {"completion", "bash|zsh|fish", "a script that completes options in that shell", 1, 1},
      {"man", "", "the manual page, in troff", 0, 0},
      {"help", "[COMMAND]", "this text, or more about a command", 0, 1},
  };
  return all;
}

const Subcommand* find_subcommand(std::string_view name) {
  const auto found = std::ranges::find(subcommands(), name, &Subcommand::name);
  return found == subcommands().end() ? nullptr : &*found;
}

const Subcommand* take_subcommand(Arguments& given) {
  const Subcommand* found = given.words.empty() ? nullptr : find_subcommand(given.words.front());
  if (found == nullptr) return nullptr;
  given.words.erase(given.words.begin());
  return found;
}

std::optional<Error> unknown_command(const std::vector<std::string>& words) {
  if (words.empty() || words.front().find_first_of("./:") != std::string::npos) return std::nullopt;
  std::vector<std::string> names;
  for (const Subcommand& known : subcommands()) names.emplace_back(known.name);
  const std::string meant = nearest(words.front(), names);
  if (meant.empty() && words.size() == 1) return std::nullopt;  // a library's name without its end, perhaps
  Error error{&fault('E', 3020), "unknown command '" + words.front() + "'", {}, {}, {}};
  if (!meant.empty())
    error.what += "; did you mean " + meant + "?";
  else
    error.help = {"appserve " + words[1], "appserve --help"};
  return error;
}

Errors misuses(const Subcommand* subcommand, const Arguments& given) {
  Errors errors;
  for (const CommandFlag& flag : command_flags())
    if (given.values.contains(flag.flag.name) && !belongs(flag, subcommand))
      errors.push_back(stranger(flag.flag.name, subcommand, flag.only_for));
  if (subcommand == nullptr) return errors;
  if (!subcommand->settings)
    for (const auto& [name, values] : given.values)
      if (std::ranges::none_of(command_flags(), [&](const CommandFlag& flag) { return flag.flag.name == name; }))
        errors.push_back(stranger(name, subcommand));
  if (given.words.size() < subcommand->least)
    errors.push_back(
        {&fault('E', 3021), called(subcommand) + " needs " + std::string(subcommand->operands), {}, {}, {}});
  else if (given.words.size() > subcommand->most)
    errors.push_back({&fault('E', 3021),
                      called(subcommand) + " does not know what to do with '" + given.words[subcommand->most] + "'",
                      {},
                      {},
                      {called(subcommand) + " --help"}});
  else if (const auto choices = choices_of(*subcommand);
           !choices.empty() && std::ranges::find(choices, given.words.front()) == choices.end())
    errors.push_back({&fault('E', 3021),
                      called(subcommand) + " does not know '" + given.words.front() + "'; it takes " +
                          std::string(subcommand->operands),
                      {},
                      {},
                      {}});
  return errors;
}

}  // namespace appserve::config
