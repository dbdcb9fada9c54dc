#include "config/completion.hpp"

#include <cstdlib>

#include "config/flags.hpp"
#include "config/subcommands.hpp"
#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

std::string script(const char* shell) { return completion(shell, option_table()); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("every option and command is in every script") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string text = script(shell);
    const std::string dashes = std::string(shell) == "fish" ? "-l " : "--";
    for (const Option& option : option_table())
      CHECK_MESSAGE(has(text, dashes + std::string(option.flag.name.substr(2))), option.path);
    for (const CommandFlag& flag : command_flags()) CHECK(has(text, dashes + std::string(flag.flag.name.substr(2))));
    for (const Subcommand& subcommand : subcommands()) CHECK(has(text, std::string(subcommand.name)));
  }
}

TEST_CASE("the values of a choice are offered") {
  CHECK(has(script("bash"), "--color) COMPREPLY=($(compgen -W 'auto always never' -- \"$word\"))"));
  CHECK(has(script("zsh"), ":WHEN:(auto always never)"));
  CHECK(has(script("fish"), "-l color -d 'auto, always or never' -x -a 'auto always never'"));
}

TEST_CASE("bash completes commands, options and their values") {
  const TemporaryFolder folder;
  folder.write("completion.bash", script("bash"));
  folder.write("libgame.so", "");
  folder.write("notes.txt", "");
  folder.write("test.bash", R"sh(. ./completion.bash
try() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  _appserve
  echo "${COMPREPLY[@]}"
}
[ "$(try appserve insp)" = inspect ] || exit 1
[ "$(try appserve --thr)" = --threads ] || exit 2
[ "$(try appserve --color al)" = always ] || exit 3
[ "$(try appserve inspect l)" = libgame.so ] || exit 4
[ "$(try appserve --config n)" = notes.txt ] || exit 5
)sh");
  CHECK(std::system("bash test.bash") == 0);
}

TEST_CASE("zsh and fish read their scripts, where they are installed") {
  const TemporaryFolder folder;
  folder.write("zsh", script("zsh"));
  folder.write("fish", script("fish"));
  CHECK(std::system("! command -v zsh >/dev/null || zsh -n ./zsh") == 0);
  CHECK(std::system("! command -v fish >/dev/null || fish -n ./fish") == 0);
}

}  // namespace
}  // namespace appserve::config
