// Which of the names that exist did a person mean? Pure text.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace appserve::app {

/// Letters to insert, remove, replace or swap with their neighbour (Damerau-Levenshtein, restricted).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Those of `names` close enough to `typed` to be meant, nearest first, at most three.
std::vector<std::string> near_names(std::string_view typed, const std::vector<std::string>& names);

}  // namespace appserve::app
