// Values of fields that steer the protocol: comma lists of tokens, numbers. Pure functions on trimmed values.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace appserve::http {

/// Takes the first member off a comma list (RFC 9110 5.6.1) and trims it; it may be empty. Nothing when the list is
/// done.
std::optional<std::string_view> next_member(std::string_view& list);

/// Digits only (RFC 9110 8.6); nothing for anything else, and beyond 2^63-1.
std::optional<std::uint64_t> parse_decimal(std::string_view digits);

}  // namespace appserve::http
