// Conditional and partial requests (RFC 9110 13 and 14): dates, entity tags, ranges, accepted codings. Pure functions.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/text.hpp>

#include <cstdint>
#include <ctime>
#include <vector>

namespace appserve {
inline namespace v1 {
namespace detail {

/// "Sun, 06 Nov 1994 08:49:37 GMT"
inline std::string http_date(std::int64_t seconds) {
  static constexpr char kDays[] = "SunMonTueWedThuFriSat", kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto time = static_cast<std::time_t>(seconds);
  std::tm t{};
  gmtime_r(&time, &t);
  const auto two = [](int n) { return std::string{static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)}; };
  const auto name = [](const char* names, int i) { return std::string(names + 3 * static_cast<std::ptrdiff_t>(i), 3); };
  return name(kDays, t.tm_wday) + ", " + two(t.tm_mday) + " " + name(kMonths, t.tm_mon) + " " +
         std::to_string(t.tm_year + 1900) + " " + two(t.tm_hour) + ":" + two(t.tm_min) + ":" + two(t.tm_sec) + " GMT";
}

/// Any of the three forms a recipient must take (RFC 9110 5.6.7).
inline std::optional<std::int64_t> parse_http_date(std::string_view text) {
  const std::string date(text);
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm t{};
    const char* end = strptime(date.c_str(), form, &t);
    if (end && *end == '\0') return static_cast<std::int64_t>(timegm(&t));
  }
  return std::nullopt;
}

/// Whether a list of entity tags, or "*", has this strong one. `weakly`: W/ makes no difference.
inline bool has_tag(std::string_view list, std::string_view tag, bool weakly) {
  if (trimmed(list) == "*") return true;
  for (std::size_t at = 0; at < list.size();) {
    const auto open = list.find('"', at);
    const auto close = open == list.npos ? list.npos : list.find('"', open + 1);
    if (close == list.npos) return false;
    const bool weak = open >= 2 && list.substr(open - 2, 2) == "W/";
    if (list.substr(open, close + 1 - open) == tag && (weakly || !weak)) return true;
    at = close + 1;
  }
  return false;
}

/// The request's fields that decide what is sent of a representation; empty where there is none.
struct Conditions {
  std::optional<std::string_view> if_match{}, if_none_match{}, if_modified_since{}, if_unmodified_since{}, range{},
      if_range{};
};

struct Validators {
  std::string_view etag;      // strong
  std::string_view modified;  // as http_date
  std::int64_t seconds = 0;
};

/// 200 (go on), 304 or 412, in the order of RFC 9110 13.2.2. For GET and HEAD.
inline int precondition(const Conditions& c, const Validators& v) {
  if (c.if_match) {
    if (!has_tag(*c.if_match, v.etag, false)) return 412;
  } else if (c.if_unmodified_since) {
    const auto date = parse_http_date(*c.if_unmodified_since);
    if (date && v.seconds > *date) return 412;
  }
  if (c.if_none_match) return has_tag(*c.if_none_match, v.etag, true) ? 304 : 200;
  if (c.if_modified_since) {
    if (*c.if_modified_since == v.modified) return 304;
    const auto date = parse_http_date(*c.if_modified_since);
    if (date && v.seconds <= *date) return 304;
  }
  return 200;
}

/// Whether Range counts (RFC 9110 13.1.5): the part belongs to what the client has.
inline bool range_counts(const Conditions& c, const Validators& v) {
  if (!c.if_range) return true;
  const std::string_view condition = trimmed(*c.if_range);
  return condition.starts_with('"') ? condition == v.etag : condition == v.modified;
}

struct ByteRange {
  std::uint64_t first = 0, length = 0;
};

/// Digits as a place in a file: one that is beyond 64 bits is beyond every file, too.
inline bool parse_position(std::string_view digits, std::uint64_t& place) noexcept {
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, place);
  if (error == std::errc::result_out_of_range) place = UINT64_MAX;
  return end == last && error != std::errc::invalid_argument;
}

/// What a Range field selects of `size` bytes. nullopt: it is no range we serve, hence ignored; none: 416.
inline std::optional<std::vector<ByteRange>> parse_ranges(std::string_view text, std::uint64_t size) {
  constexpr std::size_t kMost = 16;
  constexpr std::string_view kUnit = "bytes=";
  if (!equal_ignoring_case(text.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  std::vector<ByteRange> ranges;
  std::uint64_t total = 0;
  std::size_t count = 0;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view spec = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (spec.empty()) continue;
    const auto dash = spec.find('-');
    if (dash == spec.npos || ++count > kMost) return std::nullopt;
    std::uint64_t first = 0, last = 0;
    const bool has_first = dash > 0, has_last = dash + 1 < spec.size();
    if ((has_first && !parse_position(spec.substr(0, dash), first)) ||
        (has_last && !parse_position(spec.substr(dash + 1), last)) || (!has_first && !has_last))
      return std::nullopt;
    if (has_first && has_last && last < first) return std::nullopt;
    if (!has_first) {
      if (last == 0 || size == 0) continue;
      first = size - std::min(last, size);
      last = size - 1;
    } else {
      if (first >= size) continue;
      last = has_last ? std::min(last, size - 1) : size - 1;
    }
    ranges.push_back({first, last - first + 1});
    total += last - first + 1;
  }
  if (count == 0 || total > size) return std::nullopt;  // overlapping ranges only make work (RFC 9110 14.2)
  return ranges;
}

/// What stands between the parts of an answer (RFC 2046 5.1.1): of this request only, whatever its id is made of.
inline std::string multipart_boundary(std::string_view request_id) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text = "appserve-";
  for (std::size_t bits = std::hash<std::string_view>()(request_id), n = 0; n < 2 * sizeof bits; ++n, bits >>= 4)
    text.push_back(kHex[bits & 15]);
  return text;
}

/// The weight of a list's member (RFC 9110 12.4.2) in thousandths. 0 for one that is out of range.
inline int weight_of(std::string_view item) {
  for (auto at = item.find(';'); at != item.npos; at = item.find(';')) {
    item.remove_prefix(at + 1);
    const std::string_view parameter = item.substr(0, item.find(';'));
    const auto eq = parameter.find('=');
    if (eq == parameter.npos || !equal_ignoring_case(trimmed(parameter.substr(0, eq)), "q")) continue;
    double value = 0;
    const bool valid = parse_scalar(trimmed(parameter.substr(eq + 1)), value) && value >= 0 && value <= 1;
    return valid ? static_cast<int>(value * 1000) : 0;
  }
  return 1000;
}

/// How much a client likes a content coding, in thousandths: 0 is not at all.
inline int coding_quality(std::string_view accept, std::string_view coding) {
  int any = 0;
  while (!accept.empty()) {
    const auto comma = std::min(accept.find(','), accept.size());
    const std::string_view item = accept.substr(0, comma);
    accept.remove_prefix(std::min(comma + 1, accept.size()));
    const std::string_view name = media_type(item);
    if (equal_ignoring_case(name, coding)) return weight_of(item);
    if (name == "*") any = weight_of(item);
  }
  return any;
}

}  // namespace detail
}  // namespace v1
}  // namespace appserve
