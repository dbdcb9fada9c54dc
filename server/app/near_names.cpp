#include "app/near_names.hpp"

#include <algorithm>
#include <utility>

namespace appserve::app {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, row);
  }
  return previous[b.size()];
}

std::vector<std::string> near_names(std::string_view typed, const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 128, kMost = 3;
  std::vector<std::pair<std::size_t, std::string>> near;
  if (typed.size() > kLongest) return {};
  for (const std::string& name : names) {
    if (name.size() > kLongest) continue;
    const std::size_t distance = edit_distance(typed, name);
    const bool within = name.size() > typed.size() && typed.size() > 2 && name.find(typed) != std::string::npos;
    if (within || distance <= std::max<std::size_t>(1, std::max(typed.size(), name.size()) / 3))
      near.emplace_back(distance, name);
  }
  std::ranges::sort(near);
  const auto repeated = std::ranges::unique(near);
  near.erase(repeated.begin(), repeated.end());
  std::vector<std::string> result;
  for (std::size_t i = 0; i < near.size() && i < kMost; ++i) result.push_back(std::move(near[i].second));
  return result;
}

}  // namespace appserve::app
