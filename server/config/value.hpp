// A setting's value as somebody wrote it, wherever that was, and the place it stands. Knows no setting.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace appserve::config {

/// Where in the file; line 0: not from a file. Columns are bytes, from 1.
struct Place {
  int line = 0, column = 0, length = 1;
};

struct Entry;

struct Value {
  /// `text` is what arguments and the environment give: a setting's type decides what it means.
  enum class Kind : unsigned char { text, string, integer, number, boolean, date, list, table };
  Kind kind = Kind::text;
  std::string text;  // text, string, date (RFC 3339)
  std::int64_t integer = 0;
  double number = 0;
  bool boolean = false;
  std::vector<Value> items;    // list
  std::vector<Entry> entries;  // table, in the order of the file
  Place place;

  /// The entry of a table; null when there is none (or this is no table).
  Value* find(std::string_view key);
  const Value* find(std::string_view key) const;

  bool is_text() const { return kind == Kind::text || kind == Kind::string; }
};

struct Entry {
  std::string key;
  Place place;
  Value value;
};

/// "string", "array", …: TOML's names.
std::string_view kind_name(Value::Kind kind);

/// What is given on the command line or in the environment.
Value text_value(std::string text);

/// A file's text, to quote from.
struct SourceText {
  std::string name;  // as the person named it
  std::vector<std::string> lines;

  SourceMark mark(Place place, std::string label = {}) const;
};

/// Who gave a value, as messages and print-config name it.
struct Source {
  enum class Kind : unsigned char { file, environment, argument } kind = Kind::argument;
  std::string name;                  // "APPSERVE_SERVER__THREADS", "--threads"
  const SourceText* text = nullptr;  // file

  /// "config.toml:3", "env APPSERVE_SERVER__THREADS", "--threads".
  std::string origin(Place place) const;
};

/// As JSON (RFC 8259). Dates become strings; inf and nan, which JSON has not, become null.
std::string to_json(const Value& value);

}  // namespace appserve::config
