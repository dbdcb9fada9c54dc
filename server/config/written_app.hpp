// An app as somebody wrote it, from whichever source; nothing of its parts is judged yet.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/arguments.hpp"
#include "config/draft.hpp"
#include "config/environment.hpp"
#include "config/toml_file.hpp"
#include "config/value.hpp"

namespace appserve::config {

struct WrittenApp {
  std::string load;  // LIB:SYMBOL
  bool call = false;
  std::string prefix;
  std::size_t max_concurrency = 0;
  std::optional<std::uint64_t> body;
  Value config;      // a table
  SourceMark where;  // what a message about all of it points at: the [[app]] line; line 0 for an argument
  Source load_source, prefix_source;
  Place load_place{}, prefix_place{};
};

/// LIB:SYMBOL, --mount, --mount-call. E3012 for a second LIB:SYMBOL, E3021, E3022.
std::vector<WrittenApp> apps_of_arguments(const Arguments& arguments, Draft& draft);

/// Every [[app]]. E3002 to E3004.
std::vector<WrittenApp> apps_of_file(const TomlFile& file, const std::vector<Option>& table, Draft& draft);

/// APPSERVE_APP__LOAD, __CALL, __URL_PREFIX and __CONFIG__KEY, for a server with one app. E3007.
void apply_app_environment(const Environment& environment, std::vector<WrittenApp>& apps, Draft& draft);

}  // namespace appserve::config
