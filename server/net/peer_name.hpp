// A socket address as text: "192.0.2.1:49152", "[2001:db8::1]:80", "unix:". v4-mapped addresses are written as v4.
#pragma once
#include <sys/socket.h>

#include <array>
#include <string_view>

namespace appserve::net {

struct PeerName {
  std::array<char, 64> text{};
  std::size_t size = 0;

  std::string_view view() const { return {text.data(), size}; }
};

PeerName peer_name(const sockaddr_storage& address);

}  // namespace appserve::net
