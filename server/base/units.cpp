#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/ascii.hpp"

namespace appserve {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t kKi = 1024;
constexpr std::array kSizes = {
    Unit{"", 1},
    Unit{"B", 1},
    Unit{"kB", 1000},
    Unit{"KB", 1000},
    Unit{"MB", 1'000'000},
    Unit{"GB", 1'000'000'000},
    Unit{"TB", 1'000'000'000'000},
    Unit{"KiB", kKi},
    Unit{"MiB", kKi* kKi},
    Unit{"GiB", kKi* kKi* kKi},
    Unit{"TiB", kKi* kKi* kKi* kKi},
};

// In milliseconds.
constexpr std::array kDurations = {
    Unit{"ms", 1}, Unit{"s", 1000}, Unit{"min", 60'000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000},
};

template <std::size_t n>
std::optional<std::uint64_t> parse_with_unit(std::string_view text, const std::array<Unit, n>& units) {
  const auto digits_end = std::ranges::find_if_not(text, ascii::is_digit);
  const auto digits = static_cast<std::size_t>(digits_end - text.begin());
  const std::optional<std::uint64_t> number = parse_unsigned(text.substr(0, digits));
  const auto unit = std::ranges::find(units, ascii::trim(text.substr(digits)), &Unit::name);
  if (!number || unit == units.end() || *number > std::numeric_limits<std::uint64_t>::max() / unit->factor) return {};
  return *number * unit->factor;
}

}  // namespace

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_with_unit(text, kSizes); }

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  const std::optional<std::uint64_t> value = parse_with_unit(text, kDurations);
  constexpr auto kMost = static_cast<std::uint64_t>(std::chrono::milliseconds::max().count());
  if (!value || *value > kMost) return {};
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(*value));
}

std::string format_size(std::uint64_t bytes) {
  for (std::string_view name : {"TiB", "GiB", "MiB", "KiB"}) {
    const std::uint64_t factor = std::ranges::find(kSizes, name, &Unit::name)->factor;
    if (bytes != 0 && bytes % factor == 0) return std::to_string(bytes / factor) + " " + std::string(name);
  }
  return std::to_string(bytes);
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto ms = static_cast<std::uint64_t>(duration.count());
  if (ms == 0) return "0s";
  const Unit* best = &kDurations.front();
  for (const Unit& unit : kDurations)  // "60s", not "1min"; "1s", not "1000ms"
    if (ms % unit.factor == 0 && (ms / unit.factor > 1 || unit.factor <= 1000)) best = &unit;
  return std::to_string(ms / best->factor) + std::string(best->name);
}

}  // namespace appserve
