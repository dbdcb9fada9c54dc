// Arguments and environment of any bytes, and app specs. Oracles: a command or errors that can be read, errors before
// warnings; a spec that is taken is taken again from its parts.
#include <algorithm>
#include <string>
#include <vector>

#include "app/app_spec.hpp"
#include "config/command_line.hpp"
#include "fuzz/fuzz_input.hpp"

namespace {

using namespace appserve;
using fuzz::check;

bool is_printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\n' || c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

void check_findings(const Errors& findings, bool refused) {
  bool warnings = false;
  for (const Error& error : findings) {
    check(std::ranges::all_of(render(error, false), is_printable), "a message cannot be printed");
    check(!(warnings && error.fault->severity == 'E'), "an error comes after a warning");
    warnings = warnings || error.fault->severity != 'E';
  }
  check(!refused || (!findings.empty() && findings.front().fault->severity == 'E'), "refused without an error");
}

void check_spec(std::string_view text) {
  for (const bool call : {false, true}) {
    const auto spec = app::parse_app_spec(text, call);
    if (!spec) {
      check(std::ranges::all_of(render(spec.error(), false), is_printable), "a message cannot be printed");
      continue;
    }
    check(!spec->library.empty() && spec->call == call, "a spec without a library");
    const std::string whole = spec->symbol.empty() ? spec->library : spec->library + ":" + spec->symbol;
    check(whole == text, "a spec's parts are not its text");
    check(app::command_for(*spec).starts_with(call ? "appserve --call " : "appserve "), "the command is another one");
  }
}

}  // namespace

// The input's lines are arguments, up to an empty one; then variables.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  std::replace(text.begin(), text.end(), '\0', '\x01');
  std::vector<std::string> words[2];
  unsigned list = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty())
      list = 1;
    else if (!word.starts_with("--config") && (words[list].empty() || words[list].back() != "--config"))
      words[list].push_back(word);  // no file is read
    if (list == 0) check_spec(word);
  }
  std::vector<const char*> arguments, environment;
  for (const std::string& word : words[0]) arguments.push_back(word.c_str());
  for (const std::string& word : words[1]) environment.push_back(word.c_str());
  const auto command = config::parse_command_line(arguments, environment);
  const Errors& findings = command ? command->warnings : command.error();
  check_findings(findings, !command);
  if (!command || command->kind == config::Command::Kind::check) return 0;  // which tells the errors itself
  check(findings.empty() || findings.front().fault->severity != 'E', "taken in spite of an error");
  check(command->kind == config::Command::Kind::print || !command->settings.apps.empty(), "a server without an app");
  return 0;
}
