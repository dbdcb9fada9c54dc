// Puts texts together: one growth of the string for all of them. What is rendered for each answer is rendered with
// this.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace appserve {

/// Appends the pieces in order. They may not lie in `out`.
template <class... Piece>
void append_all(std::string& out, const Piece&... pieces) {
  const auto put = [](char* at, std::string_view piece) {
    std::char_traits<char>::copy(at, piece.data(), piece.size());
    return at + piece.size();
  };
  const std::size_t before = out.size();
  out.resize(before + (std::string_view(pieces).size() + ...));
  char* at = out.data() + before;
  ((at = put(at, pieces)), ...);
}

}  // namespace appserve
