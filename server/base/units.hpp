// Sizes and durations as people write them: "32 KiB", "1.5 MB" is not one, "30s". Locale-free; never rounds on the way
// in.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace appserve {

/// Decimal digits only, no sign, no blanks; nothing when it does not fit.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// "10 MB", "10MiB", "4096", "4096 B". Units: B, kB, KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (of 1024).
std::optional<std::uint64_t> parse_size(std::string_view text);

/// "500ms", "30s", "2 min", "1h", "1d". A number without a unit is not a duration, except "0".
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// In the largest unit that loses nothing: "32 KiB", "1500 B" → "1500".
std::string format_size(std::uint64_t bytes);

/// In the largest unit that loses nothing: "30s", "1500ms", "2min".
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace appserve
