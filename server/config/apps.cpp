#include "config/apps.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "config/config_marks.hpp"
#include "config/file_settings.hpp"
#include "config/url_prefix.hpp"
#include "config/written_app.hpp"

namespace appserve::config {
namespace {

// A room's finding about a part of an app, with the place it was written.
Error placed(Error error, const Source& source, Place place) {
  if (source.kind == Source::Kind::file)
    error.where = source.text->mark(place);
  else if (source.name.starts_with("-") || source.kind == Source::Kind::environment)
    error.what = source.name + ": " + error.what;
  return error;
}

std::string path_below_file(const std::string& library, const Source& source) {
  const bool named_path = library.find('/') != std::string::npos;
  return named_path && source.kind == Source::Kind::file ? relative_to_file(library, *source.text) : library;
}

std::optional<AppSettings> judge(const WrittenApp& written, Draft& draft) {
  Result<app::AppSpec, Error> spec = app::parse_app_spec(written.load, written.call);
  Result<UrlPrefix, Error> prefix = parse_url_prefix(written.prefix);
  if (!spec) draft.add(placed(std::move(spec.error()), written.load_source, written.load_place));
  if (!prefix) draft.add(placed(std::move(prefix.error()), written.prefix_source, written.prefix_place));
  if (!spec || !prefix) return {};
  if (prefix->trimmed)
    draft.add(placed(
        {&fault('N', 3011), "the slash at the end of url_prefix '" + written.prefix + "' is left out", {}, {}, {}},
        written.prefix_source, written.prefix_place));
  spec->library = path_below_file(spec->library, written.load_source);
  AppSettings app{std::move(*spec), std::move(prefix->text), to_json(written.config)};
  app.where = written.where;
  app.max_concurrency = written.max_concurrency;
  app.body = written.body;
  if (written.load_source.kind == Source::Kind::file)
    app.config_marks = config_marks(written.config, *written.load_source.text);
  if (app.where.line == 0) app.where.file = written.load_source.origin({});
  return app;
}

std::string position(const SourceMark& where) { return where.file + ":" + std::to_string(where.line); }

std::string name_of(const AppSettings& app) {
  return app.load.library + (app.load.symbol.empty() ? "" : ":" + app.load.symbol);
}

std::string shown_prefix(const AppSettings& app) { return app.url_prefix.empty() ? "/" : app.url_prefix; }

Error clash(const AppSettings& first, const AppSettings& second) {
  Error error{&fault('E', 2011),
              name_of(first) + " and " + name_of(second) + " are both mounted at '" + shown_prefix(first) + "'",
              {},
              {},
              {}};
  const std::string suggested = suggested_prefix(second.load.library);
  const std::string other = suggested == first.url_prefix ? suggested + "2" : suggested;
  if (second.where.line > 0) {
    error.notes = {"at " + position(first.where) + " and " + position(second.where)};
    error.help = {"give one of them  url_prefix = \"" + other + "\"  (" + position(second.where) + ")"};
  } else {
    const std::string flag = second.load.call ? "--mount-call" : "--mount";
    error.help = {"give one of them another prefix:  " + flag + " " + other + "=" + name_of(second)};
  }
  return error;
}

void find_clashes(Draft& draft) {
  const std::vector<AppSettings>& apps = draft.settings.apps;
  for (std::size_t second = 1; second < apps.size(); ++second)
    for (std::size_t first = 0; first < second; ++first)
      if (apps[first].url_prefix == apps[second].url_prefix) {
        draft.add(clash(apps[first], apps[second]));
        break;
      }
}

bool is_source(std::string_view path) {
  return path.ends_with(".cpp") || path.ends_with(".cc") || path.ends_with(".cxx") || path.ends_with(".c");
}

bool exists(const char* path) {
  struct stat info{};
  return ::stat(path, &info) == 0;
}

Error no_app(const TomlFile* file, const std::string& command) {
  Error error{&fault('E', 3012), "no app to serve", {}, {}, {}};
  if (file != nullptr)
    error.help = {"add to " + file->source.name + ":  [[app]]", "load = \"libhello.so:app\""};
  else if (command == "appserve dev")
    error.help = {"appserve new myapp && cd myapp && appserve dev", "appserve dev hello.cpp:app"};
  else
    error.help = {command + (exists("config.toml") ? " --config config.toml" : " libhello.so:app")};
  return error;
}

// Whoever has mistyped an option may have lost the app to it.
bool is_mistyped(const Draft& draft) {
  return std::ranges::any_of(draft.findings, [](const Error& e) { return e.fault->exit == Exit::command_line; });
}

Error two_sources(const WrittenApp& argument, const WrittenApp& table) {
  return {&fault('E', 3012),
          "apps both on the command line ('" + argument.load + "') and in " + position(table.where),
          {},
          {},
          {"keep one of the two:  appserve " + argument.load + "   or  appserve --config " + table.where.file}};
}

// With a file of one app, --url-prefix and --call are about that one.
void override_by_arguments(const Arguments& arguments, std::vector<WrittenApp>& apps, Draft& draft) {
  const std::string *prefix = arguments.find("--url-prefix"), *call = arguments.find("--call");
  if (!prefix && !call) return;
  if (apps.size() != 1) {
    draft.add({&fault('E', 3022),
               std::string(prefix ? "--url-prefix" : "--call") + " is for a file with one app; this one has " +
                   std::to_string(apps.size()),
               {},
               {},
               {}});
    return;
  }
  if (call) apps.front().call = *call == "true";
  if (!prefix) return;
  apps.front().prefix = *prefix;
  apps.front().prefix_source = {Source::Kind::argument, "--url-prefix", nullptr};
}

}  // namespace

void collect_apps(const TomlFile* file, const Arguments& arguments, const Environment& environment,
                  const std::string& needed_by, const std::vector<Option>& table, Draft& draft) {
  const std::size_t findings = draft.findings.size();
  std::vector<WrittenApp> given = apps_of_arguments(arguments, draft);
  std::vector<WrittenApp> apps = file ? apps_of_file(*file, table, draft) : std::vector<WrittenApp>();
  const bool from_file = !apps.empty();
  if (from_file && !given.empty()) draft.add(two_sources(given.front(), apps.front()));
  if (!from_file) apps = std::move(given);
  apply_app_environment(environment, apps, draft);
  if (from_file && given.empty()) override_by_arguments(arguments, apps, draft);
  for (const WrittenApp& app : apps)
    if (std::optional<AppSettings> judged = judge(app, draft)) draft.settings.apps.push_back(std::move(*judged));
  find_clashes(draft);
  const bool silent = draft.findings.size() == findings && !is_mistyped(draft);
  if (!needed_by.empty() && apps.empty() && silent) draft.add(no_app(file, needed_by));
}

void take_sources(std::vector<AppSettings>& apps) {
  for (AppSettings& app : apps) {
    if (!is_source(app.load.library)) continue;
    app.source = std::move(app.load.library);
    app.load.library = "build/lib" + std::filesystem::path(app.source).stem().string() + ".so";
  }
}

}  // namespace appserve::config
