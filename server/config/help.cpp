#include "config/help.hpp"

#include <algorithm>

#include "config/flags.hpp"
#include "embedded/features.hpp"

namespace appserve::config {
namespace {

constexpr std::string_view kExamples = R"(
  appserve libhello.so:app                         http://127.0.0.1:8080
  appserve --call libgame.so:create_app            a factory makes the app
  appserve --listen :80 --threads 4 libhello.so:app
  appserve --mount /hello=libhello.so:app --mount-call /game=libgame.so:create_app
  appserve --config config.toml                    settings and apps from a file
  appserve print-config --config config.toml       what holds, and where it comes from
)";

constexpr std::string_view kEnd = R"(
`appserve COMMAND --help` tells more of a command. Options may follow the app; --opt=VALUE and --opt VALUE
are the same. Every setting is also a key of the file and an environment variable: --threads, threads in
[server], APPSERVE_SERVER__THREADS. The command line beats the environment, which beats the file.
)";

struct Line {
  std::string_view group;
  std::string left, right;
};

// Without TOML's quotes and brackets.
std::string plain_default(const Option& option) {
  std::string text = option.show(Settings());
  std::erase_if(text, [](char c) { return c == '"' || c == '[' || c == ']'; });
  return text;
}

std::string left_of(const Flag& flag) {
  const std::string name(flag.name);
  if (name == "--help") return "-h, --help";
  if (name == "--version") return "-V, --version";
  return flag.value.empty() ? name : name + " " + std::string(flag.value);
}

std::string left_of(const Subcommand& subcommand) {
  return std::string(subcommand.name) + (subcommand.operands.empty() ? "" : " " + std::string(subcommand.operands));
}

Line line_of(const CommandFlag& command) {
  return {command.group, left_of(command.flag), std::string(command.flag.help)};
}

std::vector<Line> lines(const std::vector<Option>& table) {
  std::vector<Line> out;
  for (const Subcommand& subcommand : subcommands())
    out.push_back({"Instead of serving", left_of(subcommand), std::string(subcommand.help)});
  for (const CommandFlag& command : command_flags())
    if (command.only_for.empty()) out.push_back(line_of(command));
  for (const Option& option : table) {
    const std::string value = plain_default(option);
    out.push_back({option.group, left_of(option.flag),
                   std::string(option.flag.help) + (value.empty() ? "" : " (" + value + ")")});
  }
  return out;
}

std::size_t width(const std::vector<Line>& lines) {
  return std::ranges::max(lines, {}, [](const Line& line) { return line.left.size(); }).left.size();
}

std::string row(const Line& line, std::size_t width) {
  return "  " + line.left + std::string(width + 2 - line.left.size(), ' ') + line.right + "\n";
}

// In the order they are met, but the general ones last.
std::vector<std::string_view> groups(const std::vector<Line>& lines) {
  std::vector<std::string_view> out;
  for (const Line& line : lines)
    if (std::ranges::find(out, line.group) == out.end()) out.push_back(line.group);
  std::ranges::stable_partition(out, [](std::string_view group) { return group != kGeneral; });
  return out;
}

}  // namespace

std::string help_text(const std::vector<Option>& table) {
  const std::vector<Line> all = lines(table);
  std::string out = version_text() + "Serves apps from shared libraries:  appserve [OPTIONS] LIB:SYMBOL\n";
  out += kExamples;
  for (const std::string_view group : groups(all)) {
    out += "\n" + std::string(group) + "\n";
    for (const Line& line : all)
      if (line.group == group) out += row(line, width(all));
  }
  out += kEnd;
  return out;
}

std::string help_text(const Subcommand& subcommand) {
  std::string out = "appserve " + left_of(subcommand) + "\n  " + std::string(subcommand.help) + "\n\n";
  std::vector<Line> own;
  for (const CommandFlag& command : command_flags())
    if (command.group == kGeneral || command.is_for(subcommand.name)) own.push_back(line_of(command));
  for (const Line& line : own) out += row(line, width(own));
  if (subcommand.settings) out += "\nThe options of the settings apply, too: appserve --help\n";
  return out;
}

std::string version_text() { return "appserve " APPSERVE_VERSION "\n"; }

std::string features_text() { return version_text() + std::string(embedded::features); }

}  // namespace appserve::config
