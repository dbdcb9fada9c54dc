#include "http/proxy_protocol.hpp"

#include <doctest/doctest.h>

using namespace appserve;
using http::ProxyHeader;
using http::ProxyProtocol;
using State = http::ProxyHeader::State;

namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

// A header of version 2: its thirteenth and fourteenth byte, and content of the right length.
std::string v2(unsigned char command, unsigned char family, std::string_view content) {
  std::string bytes(kSignature);
  bytes += static_cast<char>(command);
  bytes += static_cast<char>(family);
  bytes += static_cast<char>(content.size() >> 8);
  bytes += static_cast<char>(content.size() & 255);
  return bytes.append(content);
}

constexpr std::string_view kTcp4("\xc0\x00\x02\x01\x0a\x00\x00\x01\xc0\x00\x01\xbb", 12);
const std::string kTcp6 = "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\x01" + std::string(15, '\0') + "\x01" +
                          std::string("\x12\x67\x00\x50", 4);

// The client and the header's size; why it is refused; or "more".
std::string read(std::string_view bytes, ProxyProtocol accepted = ProxyProtocol::any) {
  const ProxyHeader header = http::read_proxy_header(bytes, accepted);
  if (header.state == State::incomplete) return "more";
  if (header.state == State::refused) return std::string(header.why);
  return (header.client.empty() ? "-" : header.client) + " " + std::to_string(header.size);
}

}  // namespace

TEST_CASE("version 1: the source of a TCP4 or TCP6 line is the client") {
  CHECK(read("PROXY TCP4 192.0.2.1 10.0.0.1 49152 443\r\n") == "192.0.2.1:49152 41");
  CHECK(read("PROXY TCP4 192.0.2.1 10.0.0.1 49152 443\r\nGET / HTTP/1.1\r\n") == "192.0.2.1:49152 41");
  CHECK(read("PROXY TCP6 2001:db8::1 ::1 4711 80\r\n") == "[2001:db8::1]:4711 36");
  CHECK(read("PROXY TCP6 ::ffff:192.0.2.1 ::1 4711 80\r\n") == "192.0.2.1:4711 41");
  CHECK(read("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n") == "255.255.255.255:65535 56");
}

TEST_CASE("version 1: UNKNOWN says nothing, whatever follows it") {
  CHECK(read("PROXY UNKNOWN\r\n") == "- 15");
  CHECK(read("PROXY UNKNOWN ffff:f...f:ffff what ever 65535 65535\r\nGET") == "- 53");
}

TEST_CASE("version 1: what is not exactly such a line is refused") {
  constexpr std::string_view kFamily = "a PROXY line is about neither TCP4, TCP6 nor UNKNOWN";
  constexpr std::string_view kWords = "a PROXY line has not two addresses and two ports";
  constexpr std::string_view kAddress = "an address in a PROXY line is malformed";
  constexpr std::string_view kPort = "a port in a PROXY line is malformed";
  constexpr std::string_view kEnd = "a PROXY line ends without CR LF";
  CHECK(read("PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n") == kFamily);
  CHECK(read("PROXY  TCP4 192.0.2.1 10.0.0.1 1 2\r\n") == kFamily);
  CHECK(read("PROXY tcp4 192.0.2.1 10.0.0.1 1 2\r\n") == kFamily);
  CHECK(read("PROXY \r\n") == kFamily);
  CHECK(read("PROXY TCP4\r\n") == kWords);
  CHECK(read("PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n") == kWords);
  CHECK(read("PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3\r\n") == kWords);
  CHECK(read("PROXY TCP4 192.0.2.1  10.0.0.1 1\r\n") == kAddress);
  CHECK(read("PROXY TCP4 127.1 10.0.0.1 1 2\r\n") == kAddress);
  CHECK(read("PROXY TCP4 ::1 ::1 1 2\r\n") == kAddress);
  CHECK(read("PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n") == kAddress);
  CHECK(read("PROXY TCP4 localhost 10.0.0.1 1 2\r\n") == kAddress);
  for (const std::string_view port : {"65536", "-1", "+1", "01", "", "1 ", "0x1"})
    CHECK(read("PROXY TCP4 192.0.2.1 10.0.0.1 " + std::string(port) + " 2\r\n") != "192.0.2.1:1 35");
  CHECK(read("PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n") == kPort);
  CHECK(read("PROXY TCP4 192.0.2.1 10.0.0.1 1 2\n") == kEnd);
  CHECK(read("PROXY TCP4 192.0.2.1\r10.0.0.1 1 2\r\n") == kEnd);
  CHECK(read("PROXY UNKNOWN " + std::string(100, 'x')) == "a PROXY line is too long");
  CHECK(read("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n") == "- 107");
  CHECK(read("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n") == "a PROXY line is too long");
}

TEST_CASE("version 2: TCP over v4 and v6, and unix streams") {
  CHECK(read(v2(0x21, 0x11, kTcp4)) == "192.0.2.1:49152 28");
  CHECK(read(v2(0x21, 0x11, kTcp4) + "GET / HTTP/1.1") == "192.0.2.1:49152 28");
  CHECK(read(v2(0x21, 0x21, kTcp6)) == "[2001:db8::1]:4711 52");
  CHECK(read(v2(0x21, 0x31, std::string(216, '\0'))) == "unix: 232");
}

TEST_CASE("version 2: LOCAL and an unknown family are skipped with all they bring") {
  CHECK(read(v2(0x20, 0x00, "")) == "- 16");
  CHECK(read(v2(0x20, 0x11, kTcp4)) == "- 28");
  CHECK(read(v2(0x20, 0xff, "\x01\xff\xff")) == "- 19");
  CHECK(read(v2(0x21, 0x00, "junk")) == "- 20");
}

TEST_CASE("version 2: TLVs are skipped when they fit") {
  const std::string tcp4(kTcp4);
  CHECK(read(v2(0x21, 0x11, tcp4 + std::string("\x01\x00\x02h2\x04\x00\x00", 8))) == "192.0.2.1:49152 36");
  CHECK(read(v2(0x21, 0x11, tcp4 + std::string("\x01\x00\x03h2", 5))) == "a TLV of a PROXY header does not fit");
  CHECK(read(v2(0x21, 0x11, tcp4 + std::string("\x01\x00", 2))) == "a TLV of a PROXY header does not fit");
  const std::string long_tlv = std::string("\x04\x0f\xd1", 3) + std::string(4049, '\0');
  CHECK(read(v2(0x21, 0x11, tcp4 + long_tlv)) == "192.0.2.1:49152 4080");
  CHECK(read(v2(0x21, 0x11, tcp4 + std::string(4069, '\0')).substr(0, 16)) == "a PROXY header is too long");
}

TEST_CASE("version 2: another version, command, family or a short length is refused") {
  CHECK(read(v2(0x11, 0x11, kTcp4)) == "a PROXY header is of another version");
  CHECK(read(v2(0x22, 0x11, kTcp4)) == "a PROXY header has an unknown command");
  for (const unsigned family : {0x01U, 0x10U, 0x12U, 0x20U, 0x22U, 0x30U, 0x32U, 0x41U, 0xffU})
    CHECK(read(v2(0x21, static_cast<unsigned char>(family), std::string(216, '\0'))) ==
          "a PROXY header is about neither TCP nor a unix stream");
  CHECK(read(v2(0x21, 0x11, kTcp4.substr(1))) == "a PROXY header is shorter than its addresses");
  CHECK(read(v2(0x21, 0x21, kTcp4)) == "a PROXY header is shorter than its addresses");
}

TEST_CASE("cut anywhere, more is asked for; only the versions asked for are taken") {
  const std::string line = "PROXY TCP4 192.0.2.1 10.0.0.1 49152 443\r\n", bytes = v2(0x21, 0x11, kTcp4);
  for (const std::string& whole : {line, bytes})
    for (std::size_t n = 0; n < whole.size(); ++n) CHECK(read(whole.substr(0, n)) == "more");
  constexpr std::string_view kNone = "the connection does not begin with a PROXY header";
  CHECK(read("GET / HTTP/1.1\r\n") == kNone);
  CHECK(read("P\r") == kNone);
  CHECK(read(line, ProxyProtocol::v2) == kNone);
  CHECK(read(bytes, ProxyProtocol::v1) == kNone);
  CHECK(read(line, ProxyProtocol::v1) == "192.0.2.1:49152 41");
  CHECK(read(bytes, ProxyProtocol::v2) == "192.0.2.1:49152 28");
}
