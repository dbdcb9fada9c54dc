// Reads a TOML file into values with their places. The only file that knows toml++.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "config/value.hpp"

namespace appserve::config {

struct TomlFile {
  SourceText source;
  Value root;  // a table
};

/// The bytes of a file of at most 1 MiB, UTF-8. E3010.
Result<std::string, Error> read_config_file(const std::string& path);

/// E3001 with the place.
Result<TomlFile, Error> parse_toml(std::string_view text, std::string name);

}  // namespace appserve::config
