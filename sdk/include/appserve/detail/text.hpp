// Text of the web: percent-encoding, query strings, numbers, field names. Pure functions.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace appserve {
inline namespace v1 {
namespace detail {

constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Appends `in` with %XX decoded (and '+' as a space where `form`). Broken escapes stay as they are.
inline void percent_decode(std::string_view in, bool form, std::string& out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] == '%' && i + 2 < in.size() && hex_digit(in[i + 1]) >= 0 && hex_digit(in[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(in[i + 1]) * 16 + hex_digit(in[i + 2])));
      i += 2;
    } else {
      out.push_back(form && in[i] == '+' ? ' ' : in[i]);
    }
  }
}

inline std::string percent_decoded(std::string_view in, bool form = false) {
  std::string out;
  out.reserve(in.size());
  percent_decode(in, form, out);
  return out;
}

/// The first value of `name` in an application/x-www-form-urlencoded text, decoded.
inline std::optional<std::string> form_value(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    const auto eq = std::min(pair.find('='), pair.size());
    const std::string_view key = pair.substr(0, eq);
    if (key == name || (key.find_first_of("%+") != key.npos && percent_decoded(key, true) == name))
      return percent_decoded(pair.substr(std::min(eq + 1, pair.size())), true);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

constexpr std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// "application/json; charset=utf-8" -> "application/json"
constexpr std::string_view media_type(std::string_view content_type) noexcept {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

/// The whole text as a number or a bool ("true", "false", "1", "0"). False: it is none, or out of range.
template <class T>
bool parse_scalar(std::string_view text, T& out) noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    out = text == "true" || text == "1";
    return out || text == "false" || text == "0";
  } else {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace appserve
