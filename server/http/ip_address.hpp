// IP addresses and networks, read strictly: no names, no octal, no short forms. v4-mapped addresses are v4.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace appserve::http {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // a v4 address as ::ffff:a.b.c.d

  bool is_v4() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// "192.0.2.1", "2001:db8::1"; no brackets, no zone.
std::optional<IpAddress> parse_ip(std::string_view text);

/// The canonical text; v6 in brackets: "192.0.2.1", "[2001:db8::1]".
std::string to_string(const IpAddress& address);

/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
struct IpEndpoint {
  IpAddress address;
  std::uint16_t port = 0;  // 0: not given
};
std::optional<IpEndpoint> parse_ip_endpoint(std::string_view text);

struct IpNetwork {
  IpAddress address;
  unsigned bits = 128;  // of the 128

  bool contains(const IpAddress& other) const;
};
/// "10.0.0.0/8", "fd00::/8", or one address. Nothing when bits are set behind the prefix.
std::optional<IpNetwork> parse_network(std::string_view text);

}  // namespace appserve::http
