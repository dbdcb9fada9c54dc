#include "config/file_settings.hpp"

#include <algorithm>
#include <filesystem>

#include "base/edit_distance.hpp"

namespace appserve::config {
namespace {

const Option* find_option(const std::vector<Option>& table, std::string_view path) {
  const auto found = std::ranges::find(table, path, &Option::path);
  return found == table.end() ? nullptr : &*found;
}

std::string table_name(const KnownTable& table) {
  const std::size_t brackets = table.where.starts_with("[[") ? 2 : 1;
  return table.where.substr(brackets, table.where.size() - 2 * brackets);
}

Error did_you_mean(const Fault& fault, std::string what, const Entry& entry, const std::string& meant,
                   const SourceText& text) {
  const std::string label = meant.empty() ? "" : "did you mean '" + meant + "'?";
  return {&fault, std::move(what), text.mark(entry.place, label), {}, {}};
}

Error unknown_at_the_top(const Entry& entry, const std::vector<KnownTable>& tables, const SourceText& text) {
  if (entry.value.kind != Value::Kind::table)
    return unknown_key(entry, entry.key, {"the top of the file", {}}, tables, text);
  std::vector<std::string> names;
  for (const KnownTable& table : tables) names.push_back(table_name(table));
  return did_you_mean(fault('E', 3002), "unknown table [" + entry.key + "]", entry, nearest(entry.key, names), text);
}

void relate_paths(const SourceText& text, Settings& settings, const Origins& origins) {
  const auto given = [&](std::string_view path) { return origins.contains(path); };
  if (given("server.runtime_dir") && !settings.runtime_dir.empty())
    settings.runtime_dir = relative_to_file(settings.runtime_dir, text);
  if (given("server.app_path"))
    for (std::string& path : settings.app_path) path = relative_to_file(path, text);
  if (given("server.listen"))
    for (net::Endpoint& endpoint : settings.listen)
      if (endpoint.kind == net::Endpoint::Kind::unix_path) endpoint.path = relative_to_file(endpoint.path, text);
}

}  // namespace

std::string relative_to_file(const std::string& path, const SourceText& text) {
  const std::filesystem::path folder = std::filesystem::path(text.name).parent_path();
  return folder.empty() ? path : (folder / path).lexically_normal().string();
}

std::vector<KnownTable> known_tables(const std::vector<Option>& table) {
  std::vector<KnownTable> tables = {{"[[app]]", {"load", "call", "url_prefix", "max_concurrency", "body", "config"}}};
  for (const Option& option : table) {
    const std::string where = "[" + std::string(option.table()) + "]";
    auto found = std::ranges::find(tables, where, &KnownTable::where);
    if (found == tables.end()) found = tables.insert(tables.end(), {where, {}});
    found->keys.emplace_back(option.key());
  }
  return tables;
}

Error unknown_key(const Entry& entry, const std::string& path, const KnownTable& here,
                  const std::vector<KnownTable>& tables, const SourceText& text) {
  const auto has_it = [&](const KnownTable& table) {
    return std::ranges::find(table.keys, entry.key) != table.keys.end();
  };
  const auto home = std::ranges::find_if(tables, has_it);
  if (home == tables.end())
    return did_you_mean(fault('E', 3002), "unknown key '" + path + "'", entry, nearest(entry.key, here.keys), text);
  const std::string at = here.where.starts_with('[') ? "in " + here.where : "at " + here.where;
  return {&fault('E', 3003),
          "'" + entry.key + "' belongs in " + home->where + ", not " + at,
          text.mark(entry.place),
          {},
          {}};
}

void apply_file(const TomlFile& file, const std::vector<Option>& table, Draft& draft) {
  const std::vector<KnownTable> tables = known_tables(table);
  for (const Entry& entry : file.root.entries) {
    if (entry.key == "app") continue;
    const auto here = std::ranges::find(tables, "[" + entry.key + "]", &KnownTable::where);
    if (here == tables.end()) {
      draft.add(unknown_at_the_top(entry, tables, file.source));
      continue;
    }
    if (entry.value.kind != Value::Kind::table) {
      draft.add({&fault('E', 3004),
                 "'" + entry.key + "' must be a table",
                 file.source.mark(entry.value.place, std::string(kind_name(entry.value.kind))),
                 {},
                 {here->where}});
      continue;
    }
    for (const Entry& setting : entry.value.entries) {
      const std::string path = entry.key + "." + setting.key;
      if (const Option* option = find_option(table, path))
        draft.give(*option, setting.value, {Source::Kind::file, "", &file.source});
      else
        draft.add(unknown_key(setting, path, *here, tables, file.source));
    }
  }
  relate_paths(file.source, draft.settings, draft.origins);
}

}  // namespace appserve::config
