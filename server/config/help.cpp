#include "config/help.hpp"

#include <algorithm>

#include "config/flags.hpp"

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
Options may follow the app; --opt=VALUE and --opt VALUE are the same. Every setting is also a key of
the file and an environment variable: --threads, threads in [server], APPSERVE_SERVER__THREADS.
The command line beats the environment, which beats the file.
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

std::vector<Line> lines(const std::vector<Option>& table) {
  std::vector<Line> out;
  for (const CommandFlag& command : command_flags())
    out.push_back({command.group, left_of(command.flag), std::string(command.flag.help)});
  for (const Option& option : table) {
    const std::string value = plain_default(option);
    out.push_back({option.group, left_of(option.flag),
                   std::string(option.flag.help) + (value.empty() ? "" : " (" + value + ")")});
  }
  return out;
}

}  // namespace

std::string help_text(const std::vector<Option>& table) {
  const std::vector<Line> all = lines(table);
  const std::size_t width = std::ranges::max(all, {}, [](const Line& line) { return line.left.size(); }).left.size();
  std::string out = version_text() + "Serves apps from shared libraries:  appserve [OPTIONS] LIB:SYMBOL\n";
  out += kExamples;
  for (const std::string_view group : {"Apps", "Listening", "Server", "Limits", "Timeouts", "Messages", "General"}) {
    out += "\n" + std::string(group) + "\n";
    for (const Line& line : all)
      if (line.group == group)
        out += "  " + line.left + std::string(width + 2 - line.left.size(), ' ') + line.right + "\n";
  }
  out += kEnd;
  return out;
}

std::string version_text() { return "appserve " APPSERVE_VERSION "\n"; }

}  // namespace appserve::config
