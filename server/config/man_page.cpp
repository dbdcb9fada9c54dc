#include "config/man_page.hpp"

#include "config/flags.hpp"
#include "config/subcommands.hpp"

namespace appserve::config {
namespace {

// troff reads a backslash, and a dot or quote that begins a line; a plain '-' is a hyphen to it.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }

std::string item(const std::string& head, std::string_view text) {
  return ".TP\n" + head + "\n" + escaped(text) + ".\n";
}

std::string flag_head(const Flag& flag) {
  return bold(flag.name) + (flag.value.empty() ? "" : " \\fI" + escaped(flag.value) + "\\fR");
}

std::string commands() {
  std::string out = ".SH COMMANDS\nInstead of serving, the first word can be one of these.\n";
  for (const Subcommand& subcommand : subcommands())
    out += item(bold(subcommand.name) + " \\fI" + escaped(subcommand.operands) + "\\fR", subcommand.help);
  return out;
}

std::string options(const std::vector<Option>& table) {
  std::string out = ".SH OPTIONS\n";
  for (const CommandFlag& command : command_flags()) out += item(flag_head(command.flag), command.flag.help);
  out += ".SH SETTINGS\nEach is an option, a key of the file and an environment variable.\n";
  for (const Option& option : table)
    out += item(flag_head(option.flag), std::string(option.flag.help) + "; in the file " + std::string(option.path) +
                                            ", in the environment " + environment_name(option.path) + "; default " +
                                            option.show(Settings()));
  return out;
}

constexpr std::string_view kExitCodes[][2] = {
    {"0", "asked to stop, and all is well"},  {"64", "the command line is wrong"},
    {"65", "the library cannot be served"},   {"69", "an address is not available"},
    {"70", "an app failed while starting"},   {"71", "the operating system refused"},
    {"74", "a log or folder cannot be used"}, {"75", "an app did not start in time"},
    {"77", "a permission is missing"},        {"78", "the configuration is wrong"},
};

}  // namespace

std::string man_page(const std::vector<Option>& table) {
  std::string out = ".TH APPSERVE 1 \"\" \"appserve " APPSERVE_VERSION "\" \"User Commands\"\n.SH NAME\n";
  out += "appserve \\- serve web applications from shared libraries\n.SH SYNOPSIS\n";
  out += bold("appserve") + " [\\fIOPTIONS\\fR] \\fILIB:SYMBOL\\fR\n.br\n";
  out += bold("appserve") + " " + bold("--config") + " \\fIFILE\\fR\n.br\n";
  out += bold("appserve") + " \\fICOMMAND\\fR ...\n";
  out +=
      ".SH DESCRIPTION\nLoads apps that were built with the appserve SDK and serves them over HTTP/1.1, each under its "
      "prefix. The command line beats the environment, which beats the file, which beats the default.\n";
  out += commands();
  out += options(table);
  out += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitCodes) out += item(bold(code), meaning);
  out += ".SH SEE ALSO\nThe error codes: " + bold("appserve explain") + ". The file: config.toml of the source tree.\n";
  return out;
}

}  // namespace appserve::config
