#include "config/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "base/ascii.hpp"
#include "config/apps.hpp"
#include "config/arguments.hpp"
#include "config/completion.hpp"
#include "config/draft.hpp"
#include "config/environment.hpp"
#include "config/explain.hpp"
#include "config/file_settings.hpp"
#include "config/flags.hpp"
#include "config/help.hpp"
#include "config/listen_flags.hpp"
#include "config/man_page.hpp"
#include "config/print_config.hpp"
#include "config/subcommands.hpp"
#include "config/toml_file.hpp"

namespace appserve::config {
namespace {

std::vector<KnownFlag> known_flags(const std::vector<Option>& table) {
  std::vector<KnownFlag> known;
  for (const CommandFlag& command : command_flags()) known.push_back({command.flag, std::string(command.noun)});
  for (const Option& option : table) known.push_back({option.flag, option.expects.noun});
  for (const WaitressFlag& waitress : waitress_flags()) known.push_back({waitress.flag, "a value"});
  return known;
}

std::optional<TomlFile> load_file(const std::string& path, const ReadFile& read_file, const Environment& environment,
                                  Draft& draft) {
  const Result<std::string, Error> text = read_file ? read_file(path) : read_config_file(path);
  if (!text) {
    draft.add(text.error());
    return {};
  }
  Result<TomlFile, Error> file = parse_toml(*text, path);
  if (!file) {
    draft.add(std::move(file.error()));
    return {};
  }
  expand_variables(file->root, environment, file->source, draft);
  return std::move(*file);
}

void apply_arguments(const Arguments& arguments, const std::vector<Option>& table, Draft& draft) {
  for (const Option& option : table) {
    const auto given = arguments.values.find(option.flag.name);
    if (given == arguments.values.end()) continue;
    Value value = text_value(given->second.back());
    if (option.flag.many) {
      value.kind = Value::Kind::list;
      for (const std::string& text : given->second) value.items.push_back(text_value(text));
    }
    draft.give(option, value, {Source::Kind::argument, std::string(option.flag.name), nullptr});
  }
}

void warn_of_repeated(const Arguments& arguments, std::span<const KnownFlag> known, Draft& draft) {
  for (const KnownFlag& k : known) {
    const auto given = arguments.values.find(k.flag.name);
    if (k.flag.many || given == arguments.values.end() || given->second.size() < 2) continue;
    if (k.flag.value.empty() && given->second.front() != given->second.back()) continue;  // E3022
    draft.add({&fault('W', 3013),
               std::string(k.flag.name) + " is given " + std::to_string(given->second.size()) +
                   " times; only the last one counts: " + given->second.back(),
               {},
               {},
               {}});
  }
}

// With E3022 when a setting is given under both of its names.
void apply_seconds(const Arguments& arguments, const WaitressFlag& waitress, const std::vector<Option>& table,
                   Draft& draft) {
  const Option& option = *std::ranges::find(table, waitress.path, &Option::path);
  const std::string name(waitress.flag.name), own(option.flag.name);
  if (arguments.find(own) != nullptr)
    return draft.add({&fault('E', 3022), name + " and " + own + " exclude each other", {}, {}, {}});
  Value value = text_value(*arguments.find(name));
  if (std::ranges::all_of(value.text, ascii::is_digit)) value.text += "s";
  draft.give(option, value, {Source::Kind::argument, name, nullptr});
}

void apply_waitress(const Arguments& arguments, const std::vector<Option>& table, Draft& draft) {
  using enum WaitressFlag::Effect;
  for (const WaitressFlag& waitress : waitress_flags()) {
    const std::string name(waitress.flag.name), why(waitress.why);
    const std::string* given = arguments.find(name);
    if (given == nullptr) continue;
    const bool off = waitress.flag.value.empty() && *given == "false";
    const std::string shown = off ? "--no-" + name.substr(2) : name;
    if (waitress.effect == seconds)
      apply_seconds(arguments, waitress, table, draft);
    else if (waitress.effect == none)
      draft.add({&fault('W', 3013), shown + " is accepted without effect: " + why, {}, {}, {}});
    else if (waitress.effect == refused || off)
      draft.add({&fault('E', 3020), shown + " is not supported: " + why, {}, {}, {}});
  }
}

// A target is part of the head: with a smaller head it is smaller too, unless somebody asked for more.
void find_contradictions(const std::vector<Option>& table, Draft& draft) {
  http::Limits& limits = draft.settings.limits;
  if (limits.target <= limits.head) return;
  if (!draft.origins.contains("limits.target")) {
    limits.target = limits.head;
    draft.origins["limits.target"] = "limits.header";
    return;
  }
  const auto shown = [&](std::string_view path) {
    const std::string value = std::ranges::find(table, path, &Option::path)->show(draft.settings);
    const auto origin = draft.origins.find(path);
    return std::string(path) + " = " + value + " (" + (origin == draft.origins.end() ? "default" : origin->second) +
           ")";
  };
  Error error{
      &fault('E', 3006), shown("limits.target") + " is more than " + shown("limits.header") + " allows", {}, {}, {}};
  for (const std::string_view path : {"limits.target", "limits.header"})
    if (const auto mark = draft.marks.find(path); mark != draft.marks.end() && !error.where) error.where = mark->second;
  draft.add(std::move(error));
}

// Else every client would be refused.
void find_untrusted_protocol(Draft& draft) {
  const ProxySettings& proxy = draft.settings.proxy;
  if (proxy.protocol == "off" || !proxy.trusted.empty()) return;
  Error error{&fault('E', 3006),
              "proxy.protocol = \"" + proxy.protocol + "\", but proxy.trusted is empty: nobody could connect",
              {},
              {},
              {"--trusted-proxy 10.0.0.0/8    (the proxy's address or network)"}};
  if (const auto mark = draft.marks.find("proxy.protocol"); mark != draft.marks.end()) error.where = mark->second;
  draft.add(std::move(error));
}

void warn_of_trust(Draft& draft) {
  if (std::ranges::find(draft.settings.proxy.trusted, "*") == draft.settings.proxy.trusted.end()) return;
  draft.add({&fault('W', 3015),
             "everybody is a trusted proxy (\"*\"): any client that reaches this server can say who it is",
             {},
             {},
             {}});
}

// Errors in the order of who must act, then warnings.
int rank(const Error& finding) {
  if (finding.fault->severity != 'E') return 2;
  return finding.fault->exit == Exit::command_line ? 0 : 1;
}

bool is_file(const std::string& path) {
  std::error_code failed;
  return std::filesystem::is_regular_file(path, failed);
}

Command::Kind kind_of(const Subcommand* subcommand) {
  using enum Command::Kind;
  if (subcommand == nullptr) return serve;
  if (subcommand->name == "check") return check;
  if (subcommand->name == "dev") return develop;
  return subcommand->name == "inspect" ? inspect : subcommand->name == "ctl" ? control : print;
}

void take_question(Arguments& given, Command& asked, Draft& draft) {
  asked.operands = std::exchange(given.words, {});
  asked.routes = given.is_on("--routes");
  asked.call = given.values.erase("--call") > 0;
  asked.wait = given.is_on("--wait");
  const std::string* pid = given.find("--pid");
  if (pid == nullptr) return;
  const auto [end, error] = std::from_chars(pid->data(), pid->data() + pid->size(), asked.pid);
  if (error != std::errc{} || end != pid->data() + pid->size() || asked.pid <= 0)
    draft.add({&fault('E', 3021), "--pid needs a process id, got '" + *pid + "'", {}, {}, {}});
}

Command print(std::string text) { return {.kind = Command::Kind::print, .text = std::move(text)}; }

Result<Command, Errors> print(Result<std::string, Error> text) {
  if (!text) return Failure<Errors>({std::move(text.error())});
  return print(std::move(*text));
}

Result<std::string, Error> help(const std::vector<std::string>& operands, const std::vector<Option>& table) {
  if (operands.empty()) return help_text(table);
  if (const Subcommand* subcommand = find_subcommand(operands.front())) return help_text(*subcommand);
  return Failure<Error>(
      {&fault('E', 3021), "there is no command '" + operands.front() + "'", {}, {}, {"appserve --help"}});
}

// The subcommands that need no settings.
Result<Command, Errors> tell(const Subcommand& subcommand, const std::vector<std::string>& operands,
                             const std::vector<Option>& table) {
  if (subcommand.name == "explain") return print(explain(operands.empty() ? "" : operands.front()));
  if (subcommand.name == "completion") return print(completion(operands.front(), table));
  if (subcommand.name == "help") return print(help(operands, table));
  return print(man_page(table));
}

}  // namespace

Result<Command, Errors> parse_command_line(std::span<const char* const> arguments,
                                           std::span<const char* const> environment, const ReadFile& read_file) {
  const std::vector<Option>& table = option_table();
  const std::vector<KnownFlag> known = known_flags(table);
  Arguments given = read_arguments(arguments, known);
  const Subcommand* subcommand = take_subcommand(given);
  if (given.is_on("--help")) return print(subcommand != nullptr ? help_text(*subcommand) : help_text(table));
  if (given.is_on("--features")) return print(features_text());
  if (given.is_on("--version")) return print(version_text());

  if (subcommand == nullptr)
    if (auto unknown = unknown_command(given.words)) return Failure<Errors>({*std::move(unknown)});

  Draft draft;
  draft.findings = std::move(given.findings);
  std::ranges::move(misuses(subcommand, given), std::back_inserter(draft.findings));
  if (subcommand != nullptr && given.words.size() > subcommand->most) given.words.resize(subcommand->most);
  if (subcommand != nullptr && !subcommand->settings) {
    if (!draft.findings.empty()) return Failure<Errors>(std::move(draft.findings));
    if (subcommand->name == "new") {
      const std::string* kind = given.find("--template");
      return Command{.kind = Command::Kind::create,
                     .operands = {given.words.front(), kind != nullptr ? *kind : "minimal"}};
    }
    return tell(*subcommand, given.words, table);
  }
  Command asked{.kind = kind_of(subcommand), .json = given.is_on("--json")};
  using Kind = Command::Kind;
  const bool checking = asked.kind == Kind::check && draft.findings.empty();
  if (asked.kind == Kind::inspect || asked.kind == Kind::control)
    take_question(given, asked, draft);  // its words are about no app to serve

  const Environment variables = read_environment(environment);
  std::optional<TomlFile> file;
  const std::string* path = given.find("--config");
  const std::string here = "config.toml";
  if (asked.kind == Kind::develop && path == nullptr && given.words.empty() && is_file(here)) path = &here;
  if (path != nullptr) file = load_file(asked.config = *path, read_file, variables, draft);
  if (file) apply_file(*file, table, draft);
  apply_environment(variables, table, draft);
  apply_arguments(given, table, draft);
  apply_listen_flags(given, draft);
  apply_waitress(given, table, draft);
  warn_of_repeated(given, known, draft);
  const bool unreadable = path != nullptr && !file;
  const bool serving = subcommand == nullptr || checking || asked.kind == Kind::develop;
  const std::string command = subcommand == nullptr ? "appserve" : "appserve " + std::string(subcommand->name);
  collect_apps(file ? &*file : nullptr, given, variables, serving && !unreadable ? command : "", table, draft);
  find_contradictions(table, draft);
  find_untrusted_protocol(draft);
  warn_of_trust(draft);

  if (asked.kind == Kind::control)  // a running server may be asked whatever the file has become
    std::erase_if(draft.findings, [](const Error& e) { return e.fault->exit != Exit::command_line; });
  std::ranges::stable_sort(draft.findings, {}, rank);
  if (!checking && !draft.findings.empty() && draft.findings.front().fault->severity == 'E')
    return Failure<Errors>(std::move(draft.findings));
  if (asked.kind == Kind::print) return print(print_config(table, draft.settings, draft.origins));
  if (const auto dev = variables.find(kDevVariable); asked.kind == Kind::develop && dev != variables.end())
    draft.settings.dev = dev->second;
  if (asked.kind == Kind::develop) {
    draft.settings.user = draft.settings.group = "";  // all of it is the developer's
    take_sources(draft.settings.apps);
  }
  draft.settings.effective = effective_values(table, draft.settings, draft.origins);
  asked.settings = std::move(draft.settings);
  asked.origins = std::move(draft.origins);
  asked.warnings = std::move(draft.findings);
  return asked;
}

bool use_colour(std::string_view color, bool is_terminal, std::span<const char* const> environment) {
  if (color == "always") return true;
  if (color == "never" || !is_terminal) return false;
  const Environment variables = read_environment(environment);
  const auto value = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string_view() : std::string_view(found->second);
  };
  return value("NO_COLOR").empty() && !value("TERM").empty() && value("TERM") != "dumb";
}

std::string color_choice(std::span<const char* const> arguments, std::span<const char* const> environment) {
  const std::vector<KnownFlag> known = known_flags(option_table());
  const Arguments given = read_arguments(arguments, known);
  const Environment variables = read_environment(environment);
  const auto variable = variables.find(environment_name("log.color"));
  const std::string* argument = given.find("--color");
  return argument != nullptr ? *argument : variable != variables.end() ? variable->second : "auto";
}

}  // namespace appserve::config
