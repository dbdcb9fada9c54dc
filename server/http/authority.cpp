#include "http/authority.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "http/chars.hpp"

namespace appserve::http {
namespace {

constexpr std::uint32_t kLargestPort = 65535;

bool is_port(std::string_view digits) {
  std::uint32_t port = 0;
  for (const char c : digits) {
    if (!ascii::is_digit(c)) return false;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
    if (port > kLargestPort) return false;
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> address{};
  if (text.size() >= address.size()) return false;
  std::ranges::copy(text, address.begin());
  in6_addr parsed{};
  return text.find('\0') == text.npos && inet_pton(AF_INET6, address.data(), &parsed) == 1;
}

/// IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
bool is_ip_future(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == text.npos || dot < 2 || ascii::lower(text[0]) != 'v') return false;
  const auto version = text.substr(1, dot - 1), rest = text.substr(dot + 1);
  return std::ranges::all_of(version, [](char c) { return ascii::hex_value(c) >= 0; }) && !rest.empty() &&
         std::ranges::all_of(rest, [](char c) { return c == ':' || chars::is(c, chars::kRegName); });
}

}  // namespace

bool is_authority(std::string_view text) {
  std::size_t host = 0;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return false;
    const auto literal = text.substr(1, end - 1);
    if (!is_ipv6(literal) && !is_ip_future(literal)) return false;
    host = end + 1;
  } else {
    host = chars::run_encoded(text, chars::kRegName);
  }
  const std::string_view rest(text.data() + host, text.size() - host);
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

}  // namespace appserve::http
