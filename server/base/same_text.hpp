// Whether two short texts are the same, without a call: words instead of octets, the last one overlapping.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace appserve {
namespace same_text_detail {

template <class Word>
bool differ(const char* a, const char* b) {
  Word x, y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return x != y;
}

/// `size` is at least that of a Word.
template <class Word>
bool same(const char* a, const char* b, std::size_t size) {
  const std::size_t last = size - sizeof(Word);
  for (std::size_t at = 0; at < last; at += sizeof(Word))
    if (differ<Word>(a + at, b + at)) return false;
  return !differ<Word>(a + last, b + last);
}

}  // namespace same_text_detail

inline bool same_text(std::string_view a, std::string_view b) {
  using namespace same_text_detail;
  if (a.size() != b.size()) return false;
  if (a.size() >= 8) return same<std::uint64_t>(a.data(), b.data(), a.size());
  if (a.size() >= 4) return same<std::uint32_t>(a.data(), b.data(), a.size());
  return a.empty() || same<char>(a.data(), b.data(), a.size());
}

/// The same with a literal, whose length is known while compiling.
template <std::size_t Size>
bool same_text(std::string_view a, const char (&literal)[Size]) {
  return a.size() == Size - 1 && std::memcmp(a.data(), literal, Size - 1) == 0;
}

}  // namespace appserve
