#include "http/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "http/ip_address.hpp"

namespace appserve::http {
namespace {

using State = ProxyHeader::State;

constexpr std::string_view kV1 = "PROXY ";
constexpr std::size_t kLongestV1 = 107;  // with CR LF
constexpr std::string_view kV2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedV2 = 16;  // signature, version and command, family, length

ProxyHeader refuse(std::string_view why) { return {State::refused, 0, {}, why}; }
ProxyHeader complete(std::size_t size, std::string client) { return {State::complete, size, std::move(client), {}}; }

bool may_become(std::string_view bytes, std::string_view signature) {
  const std::size_t n = std::min(bytes.size(), signature.size());
  return bytes.substr(0, n) == signature.substr(0, n);
}

std::string with_port(const IpAddress& address, unsigned port) {
  return to_string(address) + ":" + std::to_string(port);
}

// ---- version 1: a line ----------------------------------------------------------------------------------------------

std::optional<unsigned> parse_port(std::string_view text) {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (text.empty() || error != std::errc() || stop != end || port > 65535 || padded) return std::nullopt;
  return port;
}

// Up to the next space; the last one is the rest.
std::string_view take_word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space == line.npos ? line.size() : space + 1);
  return word;
}

std::optional<IpAddress> parse_family(std::string_view text, bool v6) {
  if ((text.find(':') != text.npos) != v6) return std::nullopt;
  return parse_ip(text);
}

ProxyHeader read_v1(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kLongestV1).find("\r\n");
  const std::string_view sofar = bytes.substr(0, end);
  if (end == bytes.npos && bytes.size() >= kLongestV1) return refuse("a PROXY line is too long");
  if (end == bytes.npos) {
    const bool broken = sofar.find('\n') != sofar.npos || sofar.substr(0, sofar.size() - 1).find('\r') != sofar.npos;
    return broken ? refuse("a PROXY line ends without CR LF") : ProxyHeader{};
  }
  std::string_view line = sofar;
  if (line.find_first_of("\r\n") != line.npos) return refuse("a PROXY line ends without CR LF");
  line.remove_prefix(kV1.size());
  const std::string_view family = take_word(line);
  if (family == "UNKNOWN") return complete(end + 2, {});
  if (family != "TCP4" && family != "TCP6") return refuse("a PROXY line is about neither TCP4, TCP6 nor UNKNOWN");
  const bool v6 = family == "TCP6";
  if (std::ranges::count(line, ' ') != 3) return refuse("a PROXY line has not two addresses and two ports");
  const auto source = parse_family(take_word(line), v6), destination = parse_family(take_word(line), v6);
  if (!source || !destination) return refuse("an address in a PROXY line is malformed");
  const auto source_port = parse_port(take_word(line)), destination_port = parse_port(take_word(line));
  if (!source_port || !destination_port) return refuse("a port in a PROXY line is malformed");
  return complete(end + 2, with_port(*source, *source_port));
}

// ---- version 2: bytes -----------------------------------------------------------------------------------------------

unsigned octet(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
unsigned octets(std::string_view bytes, std::size_t at) { return octet(bytes, at) << 8 | octet(bytes, at + 1); }

IpAddress v4_at(std::string_view bytes) {
  IpAddress address;
  address.bytes[10] = address.bytes[11] = 0xff;
  std::copy_n(bytes.begin(), 4, address.bytes.begin() + 12);
  return address;
}

IpAddress v6_at(std::string_view bytes) {
  IpAddress address;
  std::copy_n(bytes.begin(), 16, address.bytes.begin());
  return address;
}

// Each is a kind, a length of two bytes, and so much content.
bool fit(std::string_view tlvs) {
  while (tlvs.size() >= 3) {
    const std::size_t size = 3 + octets(tlvs, 1);
    if (size > tlvs.size()) return false;
    tlvs.remove_prefix(size);
  }
  return tlvs.empty();
}

ProxyHeader read_v2(std::string_view bytes) {
  if (bytes.size() > 12 && octet(bytes, 12) >> 4 != 2) return refuse("a PROXY header is of another version");
  if (bytes.size() > 12 && (octet(bytes, 12) & 15) > 1) return refuse("a PROXY header has an unknown command");
  if (bytes.size() < kFixedV2) return {};
  const std::size_t length = octets(bytes, 14);
  if (kFixedV2 + length > kLongestProxyHeader) return refuse("a PROXY header is too long");
  if (bytes.size() < kFixedV2 + length) return {};
  const bool local = (octet(bytes, 12) & 15) == 0;
  const unsigned family = octet(bytes, 13);
  const std::string_view content = bytes.substr(kFixedV2, length);
  if (local || family == 0) return complete(kFixedV2 + length, {});

  constexpr unsigned kTcp4 = 0x11, kTcp6 = 0x21, kUnixStream = 0x31;
  const std::size_t addresses = family == kTcp4 ? 12 : family == kTcp6 ? 36 : family == kUnixStream ? 216 : 0;
  if (addresses == 0) return refuse("a PROXY header is about neither TCP nor a unix stream");
  if (content.size() < addresses) return refuse("a PROXY header is shorter than its addresses");
  if (!fit(content.substr(addresses))) return refuse("a TLV of a PROXY header does not fit");
  const std::size_t size = kFixedV2 + length;
  if (family == kTcp4) return complete(size, with_port(v4_at(content), octets(content, 8)));
  if (family == kTcp6) return complete(size, with_port(v6_at(content), octets(content, 32)));
  return complete(size, "unix:");
}

}  // namespace

ProxyHeader read_proxy_header(std::string_view bytes, ProxyProtocol accepted) {
  constexpr std::string_view kNone = "the connection does not begin with a PROXY header";
  const bool v1 = accepted == ProxyProtocol::v1 || accepted == ProxyProtocol::any;
  const bool v2 = accepted == ProxyProtocol::v2 || accepted == ProxyProtocol::any;
  if (bytes.empty()) return {};
  if (v1 && may_become(bytes, kV1)) return bytes.size() < kV1.size() ? ProxyHeader{} : read_v1(bytes);
  if (v2 && may_become(bytes, kV2)) return read_v2(bytes);
  return refuse(kNone);
}

}  // namespace appserve::http
