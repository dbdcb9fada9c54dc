#include "config/help.hpp"

#include <algorithm>
#include <sstream>

#include "config/flags.hpp"
#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

std::vector<std::string> help_lines() {
  std::istringstream text(help_text(option_table()));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("every option has exactly one line with its help") {
  const std::vector<std::string> lines = help_lines();
  const auto count = [&](const Flag& flag) {
    return std::ranges::count_if(lines, [&](const std::string& line) {
      return line.find(std::string(flag.name) + " ") != line.npos && line.find(flag.help) != line.npos;
    });
  };
  for (const Option& option : option_table()) CHECK_MESSAGE(count(option.flag) == 1, std::string(option.flag.name));
  for (const CommandFlag& command : command_flags())
    if (command.only_for.empty()) CHECK_MESSAGE(count(command.flag) == 1, std::string(command.flag.name));
}

TEST_CASE("defaults stand behind the help") {
  const std::string text = help_text(option_table());
  CHECK(text.find("(127.0.0.1:8080)\n") != text.npos);
  CHECK(text.find("(32 KiB)\n") != text.npos);
  CHECK(text.find("(auto)\n") != text.npos);
}

TEST_CASE("the text fits 110 columns, examples first") {
  const std::vector<std::string> lines = help_lines();
  for (const std::string& line : lines) CHECK_MESSAGE(line.size() <= 110, line);
  CHECK(lines[3].starts_with("  appserve libhello.so:app"));
}

TEST_CASE("the command lines it shows are understood") {
  int examples = 0;
  const TemporaryFolder folder;
  folder.write("config.toml", kHello);
  for (const std::string& line : help_lines()) {
    if (!line.starts_with("  appserve ")) continue;
    std::istringstream text(line.substr(0, line.find("    ")));
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    Words arguments;
    for (std::size_t i = 1; i < words.size(); ++i) arguments.push_back(words[i].c_str());
    accepted(arguments);
    ++examples;
  }
  CHECK(examples == 6);
}

}  // namespace
}  // namespace appserve::config
