// Every table of the file but the apps, laid on the draft.
#pragma once
#include <vector>

#include "config/draft.hpp"
#include "config/option.hpp"
#include "config/toml_file.hpp"

namespace appserve::config {

/// E3002 to E3005 with their places. Paths become relative to the file's folder.
void apply_file(const TomlFile& file, const std::vector<Option>& table, Draft& draft);

/// The keys a table of the file may have; `where` is how messages name it: "[server]", "[[app]]".
struct KnownTable {
  std::string where;
  std::vector<std::string> keys;
};

/// [[app]] first, then the tables of the settings.
std::vector<KnownTable> known_tables(const std::vector<Option>& table);

/// E3002, or E3003 when the key belongs to another table. `path` is the whole key: "server.thraeds".
Error unknown_key(const Entry& entry, const std::string& path, const KnownTable& here,
                  const std::vector<KnownTable>& tables, const SourceText& text);

/// `path` as it is when absolute, else below the folder of the file.
std::string relative_to_file(const std::string& path, const SourceText& text);

}  // namespace appserve::config
