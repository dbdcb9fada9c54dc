#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace appserve {
namespace {

bool hidden(char c) { return static_cast<unsigned char>(c) - 0x20U >= 0x5FU; }
bool special(char c) { return c == '"' || c == '\\'; }

typedef unsigned char Block __attribute__((vector_size(16)));  // the shape every compiler knows

using Found = decltype(std::declval<Block>() < std::declval<Block>());

// Not zero where a byte is hidden or special.
Found suspicious(Block bytes) {
  const auto all = [](char c) { return Block{} + static_cast<unsigned char>(c); };
  return (bytes < all(0x20)) | (bytes > all(0x7E)) | (bytes == all('"')) | (bytes == all('\\'));
}

bool any(Found found) {
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(found);
  return (halves[0] | halves[1]) != 0;
}

template <class Word>
Word copy(char* to, const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  std::memcpy(to, &word, sizeof word);
  return word;
}

// Copies the first and the last bytes of a text that is one or two words long.
template <class Word>
Block copy_ends(char* to, std::string_view text) {
  std::array<Word, sizeof(Block) / sizeof(Word)> words;
  words.fill(copy<Word>(to, text.data()));
  const std::size_t last = text.size() - sizeof(Word);
  words[1] = copy<Word>(to + last, text.data() + last);
  return std::bit_cast<Block>(words);
}

// Copies, and answers whether all of it may stand as it is.
bool copy_plain(char* to, std::string_view text) {
  const std::size_t size = text.size();
  if (size < 4) {
    std::ranges::copy(text, to);
    return std::ranges::none_of(text, [](char c) { return hidden(c) || special(c); });
  }
  if (size < 8) return !any(suspicious(copy_ends<std::uint32_t>(to, text)));
  if (size < 16) return !any(suspicious(copy_ends<std::uint64_t>(to, text)));
  const std::size_t last = size - sizeof(Block);
  Found found = suspicious(copy<Block>(to + last, text.data() + last));  // the blocks may overlap
  for (std::size_t at = 0; at < last; at += sizeof(Block)) found |= suspicious(copy<Block>(to + at, text.data() + at));
  return !any(found);
}

}  // namespace

char* write_printable(char* to, char* end, std::string_view text, bool json) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  const std::string_view prefix = json ? "\\u00" : "\\x";
  const auto room = [&] { return static_cast<std::size_t>(end - to); };
  if (text.size() <= room() && copy_plain(to, text)) return to + text.size();
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
