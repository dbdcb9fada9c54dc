#include "http/field_values.hpp"

#include <charconv>
#include <limits>

#include "base/ascii.hpp"

namespace appserve::http {

std::optional<std::string_view> next_member(std::string_view& list) {
  if (list.data() == nullptr) return std::nullopt;
  const auto comma = list.find(',');
  const auto member = ascii::trim(list.substr(0, comma));
  list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  return member;
}

std::optional<std::uint64_t> parse_decimal(std::string_view digits) {
  std::uint64_t number = 0;
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return number;
}

}  // namespace appserve::http
