#include "base/edit_distance.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace appserve {

namespace {

constexpr std::size_t kLongest = 64;  // nobody mistypes more than that, and it is a bit each

// Distances from one word of 1 to 64 bytes: the table of all distances between beginnings, a column at a time, as bits
// that say whether the cell below is greater or less. Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein and
// Damerau Edit Distances", 2003.
class Distances {
 public:
  explicit Distances(std::string_view word) : size_(word.size()) {
    for (std::size_t i = 0; i < size_; ++i) places_.at(static_cast<unsigned char>(word[i])) |= std::uint64_t{1} << i;
  }

  std::size_t to(std::string_view other) const {
    const std::uint64_t last = std::uint64_t{1} << (size_ - 1);
    std::uint64_t greater = ~std::uint64_t{0}, less = 0, diagonal = 0, before = 0;
    std::size_t distance = size_;
    for (const char c : other) {
      const std::uint64_t same = places_[static_cast<unsigned char>(c)];
      const std::uint64_t swapped = ((~diagonal & same) << 1) & before;
      diagonal = (((same & greater) + greater) ^ greater) | same | less | swapped;
      std::uint64_t more = less | ~(diagonal | greater), fewer = diagonal & greater;
      if ((more & last) != 0) ++distance;
      if ((fewer & last) != 0) --distance;
      more = more << 1 | 1;
      fewer <<= 1;
      greater = fewer | ~(diagonal | more);
      less = more & diagonal;
      before = same;
    }
    return distance;
  }

 private:
  std::size_t size_;
  std::array<std::uint64_t, 256> places_{};  // of each character in the word
};

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  return a.empty() ? b.size() : Distances(a.substr(0, kLongest)).to(b);
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty() || word.size() > kLongest) return {};
  const Distances distances(word);
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t missing = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
    if (missing >= best_distance) continue;
    const std::size_t distance = distances.to(candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  if (best_distance <= 1 || word.size() < 3) return best;
  const auto begun = std::ranges::find_if(candidates, [&](const std::string& c) { return c.starts_with(word); });
  return begun == candidates.end() ? best : *begun;
}

}  // namespace appserve
