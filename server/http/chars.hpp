// The character classes of HTTP and URI grammars, as one table. Knows nothing of messages.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ascii.hpp"

namespace appserve::http::chars {

enum class Class : std::uint8_t {};
inline constexpr Class kToken{1};       // tchar (RFC 9110 5.6.2)
inline constexpr Class kText{2};        // what a field value may hold: HTAB, SP, VCHAR, obs-text (RFC 9110 5.5)
inline constexpr Class kUnreserved{4};  // RFC 3986 2.3
inline constexpr Class kRegName{8};     // unreserved and sub-delims (RFC 3986 3.2.2); percent-encoding is checked apart
inline constexpr Class kPath{16};       // unencoded in a path: pchar, '/', and what browsers leave so: [ ] ^ ` { | }
inline constexpr Class kQuery{32};      // the same in a query: also '?' and '\'
inline constexpr Class kQuoted{64};     // qdtext (RFC 9110 5.6.4)
inline constexpr Class kPlain{128};     // of a path: nothing of it can be an escape or a dot segment

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const auto in = [c](std::string_view set) { return set.find(c) != set.npos; };
    const bool visible = i > 0x20 && i < 0x7f;
    unsigned bits = 0;
    const auto add = [&bits](auto... classes) { bits |= (static_cast<unsigned>(classes) | ...); };
    if (ascii::is_alnum(c) || in("!#$%&'*+-.^_`|~")) add(kToken);
    if (visible || i >= 0x80 || in(" \t")) add(kText);
    if (ascii::is_alnum(c) || in("-._~")) add(kUnreserved, kRegName, kPath, kQuery);
    if (in("!$&'()*+,;=")) add(kRegName, kPath, kQuery);
    if (in(":@/[]^`{|}")) add(kPath, kQuery);
    if (in("?\\")) add(kQuery);
    if ((bits & static_cast<unsigned>(kPath)) != 0 && c != '.') add(kPlain);
    if ((bits & static_cast<unsigned>(kText)) != 0 && !in("\"\\")) add(kQuoted);
    table[i] = static_cast<std::uint8_t>(bits);
  }
  return table;
}
inline constexpr auto kTable = make_table();

constexpr bool is(char c, Class wanted) {
  return (kTable[static_cast<unsigned char>(c)] & static_cast<unsigned>(wanted)) != 0;
}

/// How many octets at the front of `text` are of the class.
constexpr std::size_t run(std::string_view text, Class wanted) {
  std::size_t size = 0;
  while (size < text.size() && is(text[size], wanted)) ++size;
  return size;
}

constexpr bool all(std::string_view text, Class wanted) { return run(text, wanted) == text.size(); }

/// A token: not empty, tchars only.
constexpr bool is_token(std::string_view text) { return !text.empty() && all(text, kToken); }

/// The octet that "%HH" at the front of `text` stands for, or -1.
constexpr int percent_octet(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = ascii::hex_value(text[1]), low = ascii::hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// How many octets at the front of `text` are of the class or of a percent-encoding.
constexpr std::size_t run_encoded(std::string_view text, Class wanted) {
  std::size_t size = run(text, wanted);
  while (size < text.size() && percent_octet(text.substr(size)) >= 0) {
    size += 3;
    size += run(text.substr(size), wanted);
  }
  return size;
}

}  // namespace appserve::http::chars
