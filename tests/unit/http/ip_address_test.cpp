#include "http/ip_address.hpp"

#include <doctest/doctest.h>

using namespace appserve;

namespace {

std::string ip(std::string_view text) {
  const auto address = http::parse_ip(text);
  return address ? to_string(*address) : "-";
}

std::string endpoint(std::string_view text) {
  const auto end = http::parse_ip_endpoint(text);
  return end ? to_string(end->address) + " " + std::to_string(end->port) : "-";
}

bool holds(std::string_view network, std::string_view address) {
  const auto net = http::parse_network(network);
  REQUIRE(net);
  return net->contains(*http::parse_ip(address));
}

}  // namespace

TEST_CASE("addresses are read strictly and written in one way") {
  CHECK(ip("192.0.2.1") == "192.0.2.1");
  CHECK(ip("2001:DB8:0::1") == "[2001:db8::1]");
  CHECK(ip("::ffff:192.0.2.1") == "192.0.2.1");
  for (const char* bad :
       {"", " 192.0.2.1", "192.0.2", "192.0.2.1.5", "192.0.2.256", "0300.0.2.1", "0x7f.0.0.1", "127.1", "2130706433",
        "localhost", "unknown", "_hidden", "fe80::1%eth0", "[::1]", "1::2::3", ":::"})
    CHECK_MESSAGE(ip(bad) == "-", bad);
}

TEST_CASE("an address may have a port, a v6 one in brackets") {
  CHECK(endpoint("192.0.2.1") == "192.0.2.1 0");
  CHECK(endpoint("192.0.2.1:80") == "192.0.2.1 80");
  CHECK(endpoint("2001:db8::1") == "[2001:db8::1] 0");
  CHECK(endpoint("[2001:db8::1]") == "[2001:db8::1] 0");
  CHECK(endpoint("[2001:db8::1]:65535") == "[2001:db8::1] 65535");
  for (const char* bad :
       {"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:080", "192.0.2.1:8o", "[192.0.2.1]",
        "[192.0.2.1]:80", "[::1", "::1]", "[::1]80", "[::1]:", ":80", "[]:80", "a.example:80", "unix:"})
    CHECK_MESSAGE(endpoint(bad) == "-", bad);
}

TEST_CASE("a network holds its addresses, up to its last bit") {
  CHECK(holds("10.0.0.0/8", "10.255.255.255"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  CHECK(holds("192.0.2.4/31", "192.0.2.5"));
  CHECK_FALSE(holds("192.0.2.4/31", "192.0.2.6"));
  CHECK(holds("192.0.2.4", "192.0.2.4"));
  CHECK_FALSE(holds("192.0.2.4", "192.0.2.5"));
  CHECK(holds("192.0.2.4", "::ffff:192.0.2.4"));
  CHECK(holds("fd00::/8", "fdff::1"));
  CHECK_FALSE(holds("fd00::/8", "fe00::1"));
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  for (const char* bad : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/08", "fd00::/129", "fd00::1/64",
                          "10.0.0.0/-1", "10.0.0.0/8/8", "example.org"})
    CHECK_MESSAGE(!http::parse_network(bad), bad);
}
