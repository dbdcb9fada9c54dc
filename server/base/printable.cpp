#include "base/printable.hpp"

#include <algorithm>

namespace appserve {

void append_printable(std::string& out, std::string_view text, bool json, std::size_t most) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  const std::string_view prefix = json ? "\\u00" : "\\x";
  const auto hidden = [](char c) { return static_cast<unsigned char>(c) - 0x20U >= 0x5FU; };
  const auto special = [](char c) { return c == '"' || c == '\\'; };
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && !hidden(text[plain]) && !special(text[plain])) ++plain;
    out.append(text, 0, std::min(plain, most));
    if (plain == text.size() || plain >= most) return;
    most -= plain;
    const char c = text[plain];
    const std::size_t size = hidden(c) ? prefix.size() + 2 : 2;
    if (size > most) return;
    most -= size;
    const auto byte = static_cast<unsigned char>(c);
    if (hidden(c))
      out.append(prefix).append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    else
      out.append(1, '\\').append(1, c);
    text.remove_prefix(plain + 1);
  }
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_printable(out, text);
  return out;
}

}  // namespace appserve
