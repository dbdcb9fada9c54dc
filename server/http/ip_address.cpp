#include "http/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace appserve::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<unsigned> parse_number(std::string_view digits, unsigned most) {
  unsigned number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || error != std::errc() || stop != end || number > most) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return number;
}

std::uint8_t mask_of(unsigned bits, unsigned byte) {
  const unsigned inside = std::min(8U, bits > byte * 8 ? bits - byte * 8 : 0);
  return static_cast<std::uint8_t>(0xff00U >> inside);
}

}  // namespace

bool IpAddress::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::optional<IpAddress> parse_ip(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  IpAddress address;
  std::ranges::copy(kMapped, address.bytes.begin());
  if (inet_pton(AF_INET, terminated.data(), address.bytes.data() + kMapped.size()) == 1) return address;
  if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.is_v4()) {
    inet_ntop(AF_INET, address.bytes.data() + kMapped.size(), text.data(), text.size());
    return text.data();
  }
  inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
  return std::string("[") + text.data() + "]";
}

std::optional<IpEndpoint> parse_ip_endpoint(std::string_view text) {
  if (const auto bare = parse_ip(text)) return IpEndpoint{*bare};
  const auto colon = text.rfind(':');
  std::string_view host = text, port;
  if (colon != text.npos && !text.ends_with(']')) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    const auto number = parse_number(port, 65535);
    if (!number || *number == 0) return std::nullopt;
  }
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = parse_ip(host);
  const bool v6_text = host.find(':') != host.npos;
  if (!address || bracketed != v6_text) return std::nullopt;
  return IpEndpoint{*address, port.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(*parse_number(port, 65535))};
}

bool IpNetwork::contains(const IpAddress& other) const {
  for (unsigned i = 0; i < address.bytes.size(); ++i)
    if (((address.bytes[i] ^ other.bytes[i]) & mask_of(bits, i)) != 0) return false;
  return true;
}

std::optional<IpNetwork> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == text.npos) return IpNetwork{*address};
  const bool v4 = text.substr(0, slash).find(':') == text.npos;
  const auto bits = parse_number(text.substr(slash + 1), v4 ? 32 : 128);
  if (!bits) return std::nullopt;
  const IpNetwork network{*address, v4 ? 96 + *bits : *bits};
  for (unsigned i = 0; i < address->bytes.size(); ++i)
    if ((address->bytes[i] & ~mask_of(network.bits, i) & 0xff) != 0) return std::nullopt;
  return network;
}

}  // namespace appserve::http
