#include "base/printable.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace appserve {
namespace {

bool hidden(char c) { return static_cast<unsigned char>(c) - 0x20U >= 0x5FU; }
bool special(char c) { return c == '"' || c == '\\'; }

// Not zero when one of eight bytes is hidden or special. (Bit Twiddling Hacks: "determine if a word has a zero byte".)
std::uint64_t suspicious(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  const auto zero = [](std::uint64_t w) { return (w - kOnes) & ~w; };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word, above = word | (word + kOnes);
  return (control | above | zero(word ^ kOnes * '"') | zero(word ^ kOnes * '\\')) & kHigh;
}

template <class Word>
Word load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// All of it may stand as it is. The last words overlap.
bool all_plain(std::string_view text) {
  const char* const begin = text.data();
  const std::size_t size = text.size();
  std::uint64_t found = 0;
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 <= size; at += 8) found |= suspicious(load<std::uint64_t>(begin + at));
    return (found | suspicious(load<std::uint64_t>(begin + size - 8))) == 0;
  }
  if (size >= 4) {
    const std::uint64_t last = load<std::uint32_t>(begin + size - 4);
    return suspicious(last << 32 | load<std::uint32_t>(begin)) == 0;
  }
  return std::ranges::none_of(text, [](char c) { return hidden(c) || special(c); });
}

}  // namespace

char* write_printable(char* to, char* end, std::string_view text, bool json) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  const std::string_view prefix = json ? "\\u00" : "\\x";
  const auto room = [&] { return static_cast<std::size_t>(end - to); };
  if (all_plain(text)) return std::copy_n(text.data(), std::min(text.size(), room()), to);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (room() < (hidden(c) ? prefix.size() + 2 : special(c) ? 2U : 1U)) break;
    if (hidden(c)) {
      to = std::ranges::copy(prefix, to).out;
      *to++ = kHex[byte >> 4];
      *to++ = kHex[byte & 15];
    } else {
      if (special(c)) *to++ = '\\';
      *to++ = c;
    }
  }
  return to;
}

void append_printable(std::string& out, std::string_view text, bool json, std::size_t most) {
  constexpr std::size_t kLongestEscape = 6;
  const std::size_t before = out.size();
  out.resize(before + std::min(most, text.size() * kLongestEscape));
  const char* const end = write_printable(out.data() + before, out.data() + out.size(), text, json);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_printable(out, text);
  return out;
}

}  // namespace appserve
