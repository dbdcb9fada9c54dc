#include "inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "app/examination.hpp"
#include "app/private_copy.hpp"
#include "assemble.hpp"
#include "json_text.hpp"
#include "supervisor/launcher.hpp"
#include "trial.hpp"

namespace appserve {
namespace {

using app::Inspection;

std::string line(std::string_view label, std::string_view text) { return fmt::format("  {:<10} {}\n", label, text); }

std::string command_of(const app::Entry& entry, const std::string& library) {
  return app::command_for({.library = library, .symbol = entry.symbol, .call = entry.call});
}

std::string isolation(const Inspection& facts) {
  if (facts.unique_symbols == 0 && facts.other_exports == 0) return "ok (it exports nothing but its apps)";
  return fmt::format("{} other exports, {} of them shared between libraries (GNU_UNIQUE)", facts.other_exports,
                     facts.unique_symbols);
}

std::string as_text(const Inspection& facts, const std::string& library) {
  std::string out = fmt::format("{}  {} bytes\n", facts.library, facts.size);
  out += line("abi", fmt::format("{} (works with {} and later)", facts.abi, facts.abi_min));
  out += line("made with", fmt::format("{}{}{}", facts.language, facts.language.empty() ? "" : ", ",
                                       facts.compiler.empty() ? "a compiler it does not name" : facts.compiler));
  std::string_view label = "apps";
  for (const app::Entry& entry : facts.entries)
    out += line(std::exchange(label, ""),
                fmt::format("{:<9} {}", entry.call ? "function" : "object", command_of(entry, library)));
  label = "needs";
  for (const Inspection::Needed& needed : facts.needed)
    out += line(std::exchange(label, ""),
                needed.path.empty() ? fmt::format("{}  MISSING, asked for by {}", needed.name, needed.needed_by)
                                    : fmt::format("{}  {}", needed.name, needed.path));
  label = "versions";
  for (const std::string& version : facts.system_versions) out += line(std::exchange(label, ""), version);
  return out + line("isolation", isolation(facts));
}

std::string as_json(const Inspection& facts) {
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  json.SetIndent(' ', 2);
  json.StartObject();
  field(json, "library", facts.library);
  json.Key("size");
  json.Uint64(facts.size);
  field(json, "abi", facts.abi);
  field(json, "abi_min", facts.abi_min);
  field(json, "language", facts.language);
  field(json, "compiler", facts.compiler);
  json.Key("apps");
  json.StartArray();
  for (const app::Entry& entry : facts.entries) {
    json.StartObject();
    field(json, "symbol", entry.symbol);
    json.Key("call");
    json.Bool(entry.call);
    json.EndObject();
  }
  json.EndArray();
  json.Key("needs");
  json.StartArray();
  for (const Inspection::Needed& needed : facts.needed) {
    json.StartObject();
    field(json, "name", needed.name);
    field(json, "path", needed.path);
    field(json, "needed_by", needed.needed_by);
    json.EndObject();
  }
  json.EndArray();
  json.Key("versions");
  json.StartArray();
  for (const std::string& version : facts.system_versions) json.String(version.c_str());
  json.EndArray();
  json.Key("other_exports");
  json.Uint64(facts.other_exports);
  json.Key("unique_symbols");
  json.Uint64(facts.unique_symbols);
  findings(json, "errors", facts.errors);
  findings(json, "warnings", facts.warnings);
  json.EndObject();
  return buffer.GetString() + std::string("\n");
}

std::string routes_as_text(const app::PluginApp::Facts& facts) {
  std::size_t width = 0;
  for (const app::PluginApp::Route& route : facts.routes) width = std::max(width, route.method.size());
  std::string out;
  for (const app::PluginApp::Route& route : facts.routes)
    out += fmt::format("  {:<{}}  {}\n", route.method, width, route.pattern);
  return out.empty() ? "  it tells no routes\n" : out;
}

std::string routes_as_json(const app::PluginApp::Facts& facts) {
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  json.SetIndent(' ', 2);
  json.StartObject();
  for (const auto& [name, text] : {std::pair{"library", &facts.library},
                                   {"symbol", &facts.symbol},
                                   {"name", &facts.name},
                                   {"version", &facts.version},
                                   {"build", &facts.build}})
    field(json, name, *text);
  json.Key("routes");
  json.StartArray();
  for (const app::PluginApp::Route& route : facts.routes) {
    json.StartObject();
    field(json, "method", route.method);
    field(json, "pattern", route.pattern);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return buffer.GetString() + std::string("\n");
}

}  // namespace

config::Settings as_settings(const config::Command& command) {
  config::Settings settings = command.settings;
  settings.apps.clear();
  if (auto spec = app::parse_app_spec(command.operands.front(), command.call))
    settings.apps.push_back({.load = *std::move(spec)});
  return settings;
}

Result<InspectionReport, Errors> list_routes(const config::Command& command, char* const* words,
                                             const Terminal& terminal) {
  const auto spec = app::parse_app_spec(command.operands.front(), command.call);
  if (!spec) return Failure<Errors>({spec.error()});
  if (auto works = work_as_configured(command.settings); !works) return Failure<Errors>({works.error()});
  const std::string parent = runtime_dir(command.settings);
  const auto folder = OwnedFolder::make(parent);
  if (!folder) return Failure<Errors>({app::unusable_for_copies(parent, folder.error())});
  supervisor::SelfLauncher launcher(words);
  Progress progress(terminal.takes_sequences(), terminal.teller());
  Trial trial = hold_trial(launcher, {0, folder->path(), {}, command.settings.start_timeout}, progress);
  if (!trial.app) return Failure<Errors>(std::move(trial.findings));
  return InspectionReport{command.json ? routes_as_json(*trial.app) : routes_as_text(*trial.app),
                          std::move(trial.findings)};
}

Result<InspectionReport, Errors> inspect(const config::Command& command) {
  const auto spec = app::parse_app_spec(command.operands.front(), command.call);
  if (!spec) return Failure<Errors>({spec.error()});
  auto facts = app::inspect(*spec, app_search_path(command.settings));
  if (!facts) return Failure<Errors>({std::move(facts.error())});
  InspectionReport report{command.json ? as_json(*facts) : as_text(*facts, spec->library), std::move(facts->errors)};
  std::ranges::move(facts->warnings, std::back_inserter(report.findings));
  return report;
}

}  // namespace appserve
