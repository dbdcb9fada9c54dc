#include "net/peer_name.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace {

std::string name6(const char* text, std::uint16_t port) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  REQUIRE(::inet_pton(AF_INET6, text, &in.sin6_addr) == 1);
  sockaddr_storage storage{};
  std::memcpy(&storage, &in, sizeof in);
  return std::string(appserve::net::peer_name(storage).view());
}

}  // namespace

TEST_CASE("addresses are written as clients write them") {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(49152);
  REQUIRE(::inet_pton(AF_INET, "192.0.2.1", &in.sin_addr) == 1);
  sockaddr_storage storage{};
  std::memcpy(&storage, &in, sizeof in);
  CHECK(appserve::net::peer_name(storage).view() == "192.0.2.1:49152");
  CHECK(name6("2001:db8::1", 80) == "[2001:db8::1]:80");
  CHECK(name6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535) == "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
  CHECK(name6("::ffff:192.0.2.9", 8080) == "192.0.2.9:8080");
  CHECK(appserve::net::peer_name({}).view() == "unix:");
}
