#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace appserve::config {

Value* Value::find(std::string_view key) {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

const Value* Value::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

std::string_view kind_name(Value::Kind kind) {
  constexpr std::array<std::string_view, 8> kNames = {"text",    "string", "integer", "float",
                                                      "boolean", "date",   "array",   "table"};
  return kNames[static_cast<std::size_t>(kind)];
}

Value text_value(std::string text) {
  Value value;
  value.text = std::move(text);
  return value;
}

SourceMark SourceText::mark(Place place, std::string label) const {
  const auto index = static_cast<std::size_t>(place.line);
  return {.file = name,
          .line = place.line,
          .column = place.column,
          .length = place.length,
          .text = index >= 1 && index <= lines.size() ? lines[index - 1] : std::string(),
          .label = std::move(label)};
}

std::string Source::origin(Place place) const {
  switch (kind) {
    case Kind::file:
      return text->name + ":" + std::to_string(place.line);
    case Kind::environment:
      return "env " + name;
    case Kind::argument:
      break;
  }
  return name;
}

namespace {

void append_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "\\u00";
      out += {kHex[byte >> 4U], kHex[byte & 0xFU]};
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_number(double number, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  const std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  out += digits;
  if (digits.find_first_of(".e") == digits.npos) out += ".0";  // a float stays one
}

void append_json(const Value& value, std::string& out) {
  std::string_view separator;
  switch (value.kind) {
    case Value::Kind::text:
    case Value::Kind::string:
    case Value::Kind::date:
      return append_string(value.text, out);
    case Value::Kind::integer:
      out += std::to_string(value.integer);
      return;
    case Value::Kind::number:
      return append_number(value.number, out);
    case Value::Kind::boolean:
      out += value.boolean ? "true" : "false";
      return;
    case Value::Kind::list:
      out += '[';
      for (const Value& item : value.items) {
        out += separator;
        append_json(item, out);
        separator = ",";
      }
      out += ']';
      return;
    case Value::Kind::table:
      out += '{';
      for (const Entry& entry : value.entries) {
        out += separator;
        append_string(entry.key, out);
        out += ':';
        append_json(entry.value, out);
        separator = ",";
      }
      out += '}';
      return;
  }
}

}  // namespace

std::string to_json(const Value& value) {
  std::string out;
  append_json(value, out);
  return out;
}

}  // namespace appserve::config
