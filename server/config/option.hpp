// One row per setting: the command line, the environment, the file, --help, print-config and the reference are made of
// these rows. Knows no source of values.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "config/value.hpp"

namespace appserve::config {

struct Flag {
  std::string_view name;   // "--threads"
  std::string_view value;  // as --help shows it: "N|auto"; empty: a switch (--x, --no-x, --x=true)
  std::string_view help;   // one line, no full stop
  bool many = false;       // each use adds one
};

/// What a value must be, in the words of messages.
struct Expects {
  std::string noun;     // "an integer"
  std::string range;    // with its limits: "an integer from 1 to 1024, or \"auto\""
  std::string write;    // values with a unit: "\"10 MB\", \"10 MiB\" or a number of bytes"
  std::string example;  // that is more telling than the default: "4"
};

struct Complaint {
  enum class Kind : unsigned char { type, range, unit, said } kind;
  Place place{};                   // of the part of the value that is wrong; line 0: all of it
  std::optional<Error> said = {};  // said: the words of the room that owns this kind of value
};

struct Option {
  std::string_view group;  // heading in --help
  std::string_view path;   // in the file: "server.threads"
  Flag flag;
  Expects expects;
  /// Takes the value over, or says what is wrong with it and leaves the settings alone.
  std::function<std::optional<Complaint>(Settings&, const Value&)> set;
  /// As the file would have it: `"auto"`, `["127.0.0.1:8080"]`.
  std::function<std::string(const Settings&)> show;

  std::string_view table() const { return path.substr(0, path.find('.')); }
  std::string_view key() const { return path.substr(path.find('.') + 1); }
};

/// "server.threads" → "APPSERVE_SERVER__THREADS".
std::string environment_name(std::string_view path);

/// Every setting but the apps, in the order they are shown.
const std::vector<Option>& option_table();

}  // namespace appserve::config
