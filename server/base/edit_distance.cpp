#include "base/edit_distance.hpp"

#include <algorithm>
#include <vector>

namespace appserve {

namespace {

// `limit` stands for everything from it on.
std::size_t distance_below(std::size_t limit, std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  std::size_t last_least = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t least = row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least >= limit && last_least + 1 >= limit) return limit;  // no later row falls below these two
    last_least = least;
    std::swap(before, last);
    std::swap(last, row);
  }
  return std::min(last[b.size()], limit);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  return distance_below(a.size() + b.size() + 1, a, b);
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t kLongest = 64;  // nobody mistypes more than that, and it bounds the work
  if (word.empty() || word.size() > kLongest) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t missing = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
    if (missing >= best_distance) continue;
    const std::size_t distance = distance_below(best_distance, word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  if (!best.empty()) return best;
  const auto begun = std::ranges::find_if(candidates, [&](const std::string& c) { return c.starts_with(word); });
  return begun == candidates.end() || word.size() < 3 ? std::string() : *begun;
}

}  // namespace appserve
