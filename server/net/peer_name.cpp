#include "net/peer_name.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstring>

namespace appserve::net {
namespace {

template <class... Args>
PeerName print(fmt::format_string<Args...> format, Args&&... args) {
  PeerName name;
  name.size = fmt::format_to_n(name.text.data(), name.text.size(), format, std::forward<Args>(args)...).size;
  return name;
}

PeerName v4(const std::uint8_t* a, std::uint16_t port) {
  return print("{}.{}.{}.{}:{}", a[0], a[1], a[2], a[3], ntohs(port));
}

}  // namespace

PeerName peer_name(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return v4(bytes.data(), in.sin_port);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) return v4(&in.sin6_addr.s6_addr[12], in.sin6_port);
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
    return print("[{}]:{}", text.data(), ntohs(in.sin6_port));
  }
  return print("unix:");
}

}  // namespace appserve::net
