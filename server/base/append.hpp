// Puts texts together: one growth of the string for all of them. What is rendered for each answer is rendered with
// this.
#pragma once
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace appserve {

/// A literal that may be left out: its length is known while compiling, so that it is copied in a few moves.
template <std::size_t Size>
struct OptionalLiteral {
  bool there;
  const char (&literal)[Size];
};
template <std::size_t Size>
constexpr OptionalLiteral<Size> only(bool there, const char (&literal)[Size]) {
  return {there, literal};
}

namespace append_detail {

inline std::size_t size_of(std::string_view piece) { return piece.size(); }
inline char* put(char* at, std::string_view piece) {
  std::char_traits<char>::copy(at, piece.data(), piece.size());
  return at + piece.size();
}

template <std::size_t Size>
std::size_t size_of(const OptionalLiteral<Size>& piece) {
  return piece.there ? Size - 1 : 0;
}
template <std::size_t Size>
char* put(char* at, const OptionalLiteral<Size>& piece) {
  if (!piece.there) return at;
  std::memcpy(at, piece.literal, Size - 1);
  return at + (Size - 1);
}

template <std::size_t Size>
std::size_t size_of(const char (&)[Size]) {
  return Size - 1;
}
template <std::size_t Size>
char* put(char* at, const char (&literal)[Size]) {
  return put(at, only(true, literal));
}

}  // namespace append_detail

/// Appends the pieces in order. They may not lie in `out`.
template <class... Piece>
void append_all(std::string& out, const Piece&... pieces) {
  const std::size_t before = out.size();
  out.resize(before + (append_detail::size_of(pieces) + ...));
  char* at = out.data() + before;
  ((at = append_detail::put(at, pieces)), ...);
}

}  // namespace appserve
