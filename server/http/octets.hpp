// Octets judged eight at a time: where a line of text stops. Knows no grammar beyond that.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace appserve::http::octets {

// A mask has bit 7 of an octet set where the octet is of the wanted kind; its lowest such octet is exact, those above
// may be false. What makes one is an object, so that it is inlined.
using Word = std::uint64_t;

constexpr Word repeat(std::uint8_t octet) { return 0x0101010101010101U * octet; }
constexpr Word kTopBits = repeat(0x80);

constexpr Word below(Word word, std::uint8_t limit) { return (word - repeat(limit)) & ~word & kTopBits; }

constexpr Word equal(Word word, char octet) { return below(word ^ repeat(static_cast<std::uint8_t>(octet)), 1); }

/// Controls, HTAB among them: what a line of text stops at.
inline constexpr auto controls = [](Word word) { return below(word, 0x20) | equal(word, '\x7f'); };

/// All but visible ASCII.
inline constexpr auto invisible = [](Word word) {
  return below(word, 0x21) | ((((word & ~kTopBits) + repeat(1)) | word) & kTopBits);
};

/// The first octet is the lowest.
inline Word load(const char* bytes, std::size_t count = sizeof(Word)) {
  Word word = 0;
  std::memcpy(&word, bytes, count);
  return std::endian::native == std::endian::big ? __builtin_bswap64(word) : word;
}

/// The last octets of `bytes` from `at` on, one to seven, and blameless ones behind them.
inline Word load_rest(std::string_view bytes, std::size_t at) {
  const std::size_t count = bytes.size() - at;
  const Word word = bytes.size() < sizeof(Word) ? load(bytes.data() + at, count)
                                                : load(bytes.data() + bytes.size() - sizeof(Word)) >> 8 * (8 - count);
  return word | repeat('x') << 8 * count;
}

/// The first place at or after `at` that `mask` finds, or the end.
template <class Mask>
std::size_t skip(std::string_view bytes, std::size_t at, Mask mask) {
  Word found = 0;
  for (; at + sizeof(Word) <= bytes.size(); at += sizeof(Word))
    if ((found = mask(load(bytes.data() + at))) != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  if (at < bytes.size()) found = mask(load_rest(bytes, at));
  return found != 0 ? at + static_cast<std::size_t>(std::countr_zero(found)) / 8 : bytes.size();
}

/// What a field's value may hold: HTAB, SP, VCHAR, obs-text (RFC 9110 5.5).
inline bool are_text(std::string_view bytes) {
  std::size_t at = skip(bytes, 0, controls);
  while (at < bytes.size() && bytes[at] == '\t') at = skip(bytes, at + 1, controls);
  return at == bytes.size();
}

}  // namespace appserve::http::octets
