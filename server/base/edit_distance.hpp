// "Did you mean …?": how far two words are apart, and the nearest of several.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace appserve {

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a`, its first 64 bytes, into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate a person who typed `word` most likely meant; empty when none is near. One the word is the beginning of
/// is nearer than one with two mistakes.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace appserve
