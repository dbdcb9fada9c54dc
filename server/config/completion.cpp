#include "config/completion.hpp"

#include "config/flags.hpp"
#include "config/subcommands.hpp"

namespace appserve::config {
namespace {

struct Completed {
  std::string_view name, help;
  std::string_view value;            // as --help shows it; empty: a switch
  std::vector<std::string> choices;  // the words it takes, when there are only these
  bool many = false;
};

// The quoted words of `"auto", "always" or "never"`.
std::vector<std::string> quoted_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t open = 0; (open = text.find('"', open)) != text.npos;) {
    const std::size_t close = text.find('"', open + 1);
    if (close == text.npos) break;
    words.emplace_back(text.substr(open + 1, close - open - 1));
    open = close + 1;
  }
  return words;
}

std::vector<Completed> flags(const std::vector<Option>& table) {
  std::vector<Completed> all;
  for (const CommandFlag& command : command_flags())
    all.push_back({command.flag.name, command.flag.help, command.flag.value, {}, command.flag.many});
  for (const Option& option : table) {
    const bool has_words = !option.flag.value.empty() && option.expects.write.empty();
    all.push_back({option.flag.name, option.flag.help, option.flag.value,
                   has_words ? quoted_words(option.expects.range) : std::vector<std::string>(), option.flag.many});
  }
  return all;
}

bool takes_file(const Completed& flag) { return flag.value == "FILE" || flag.value == "PATH"; }
bool takes_folder(const Completed& flag) { return flag.value == "DIR"; }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// Inside single quotes, where brackets and colons have a meaning of their own in zsh's _arguments.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == '[' || c == ']' || c == ':')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

std::string bash(const std::vector<Completed>& all) {
  std::string names, cases, commands;
  for (const Completed& flag : all) {
    names += std::string(flag.name) + " ";
    const std::string pattern = "    " + std::string(flag.name) + ") ";
    if (!flag.choices.empty())
      cases += pattern + "COMPREPLY=($(compgen -W '" + joined(flag.choices) + "' -- \"$word\")); return ;;\n";
    else if (takes_file(flag))
      cases += pattern + "COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n";
    else if (takes_folder(flag))
      cases += pattern + "COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n";
    else if (!flag.value.empty())
      cases += pattern + "return ;;\n";
  }
  for (const Subcommand& subcommand : subcommands()) commands += std::string(subcommand.name) + " ";
  return R"(# bash completion of appserve:  . <(appserve completion bash)
_appserve() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  case $before in
)" + cases +
         R"(  esac
  case $word in
    -*) COMPREPLY=($(compgen -W ')" +
         names + R"(' -- "$word")) ;;
    *)
      COMPREPLY=($(compgen -f -X '!*.so' -- "$word") $(compgen -d -- "$word"))
      [ "$COMP_CWORD" -gt 1 ] || COMPREPLY+=($(compgen -W ')" +
         commands + R"(' -- "$word"))
      ;;
  esac
}
complete -o filenames -F _appserve appserve
)";
}

std::string zsh(const std::vector<Completed>& all) {
  std::string out = "#compdef appserve\n# zsh completion of appserve:  appserve completion zsh > ~/.zfunc/_appserve\n";
  out += "local -a commands\ncommands=(\n";
  for (const Subcommand& subcommand : subcommands())
    out += "  '" + quoted(subcommand.name) + ":" + quoted(subcommand.help) + "'\n";
  out += ")\n_appserve_first() { _describe command commands; _files -g '*.so' }\n_arguments \\\n";
  for (const Completed& flag : all) {
    out += std::string("  '") + (flag.many ? "*" : "") + std::string(flag.name) + "[" + quoted(flag.help) + "]";
    if (!flag.value.empty()) out += ":" + quoted(flag.value) + ":";
    if (!flag.choices.empty())
      out += "(" + joined(flag.choices) + ")";
    else if (takes_file(flag))
      out += "_files";
    else if (takes_folder(flag))
      out += "_files -/";
    out += "' \\\n";
  }
  return out + "  '1: :_appserve_first' '*:library:_files -g \"*.so\"'\n";
}

std::string fish(const std::vector<Completed>& all) {
  std::string out = "# fish completion of appserve:  appserve completion fish | source\n";
  const auto escaped = [](std::string_view text) {
    std::string safe;
    for (const char c : text) safe += c == '\'' ? "\\'" : std::string(1, c);
    return "'" + safe + "'";
  };
  for (const Subcommand& subcommand : subcommands())
    out += "complete -c appserve -n __fish_is_first_arg -a " + std::string(subcommand.name) + " -d " +
           escaped(subcommand.help) + "\n";
  for (const Completed& flag : all) {
    out += "complete -c appserve -l " + std::string(flag.name.substr(2)) + " -d " + escaped(flag.help);
    if (!flag.choices.empty())
      out += " -x -a '" + joined(flag.choices) + "'";
    else if (takes_folder(flag))
      out += " -x -a '(__fish_complete_directories)'";
    else if (takes_file(flag))
      out += " -r -F";
    else if (!flag.value.empty())
      out += " -x";
    out += "\n";
  }
  return out;
}

}  // namespace

std::string completion(std::string_view shell, const std::vector<Option>& table) {
  const std::vector<Completed> all = flags(table);
  if (shell == "bash") return bash(all);
  if (shell == "zsh") return zsh(all);
  return fish(all);
}

}  // namespace appserve::config
