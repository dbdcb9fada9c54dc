// What a proxy says before a connection, any bytes. Oracles: what comes of it is an address, or nothing; cutting the
// bytes anywhere asks for more and changes nothing; what follows a header is not looked at; a decision stands.
#include <string>

#include "fuzz/fuzz_input.hpp"
#include "http/ip_address.hpp"
#include "http/proxy_protocol.hpp"

namespace {

using namespace appserve;
using fuzz::check;
using http::ProxyHeader;
using State = http::ProxyHeader::State;

bool same(const ProxyHeader& a, const ProxyHeader& b) {
  return a.state == b.state && a.size == b.size && a.client == b.client && a.why == b.why;
}

bool is_client(const std::string& text) {
  if (text.empty() || text == "unix:") return true;
  const std::size_t colon = text.rfind(':');
  return colon != text.npos && http::parse_ip_endpoint(text.substr(0, colon)).has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto accepted = static_cast<http::ProxyProtocol>(1 + input.octet() % 3);
  const std::string_view bytes = input.rest();
  const ProxyHeader whole = http::read_proxy_header(bytes, accepted);
  check(whole.size <= bytes.size() && whole.size <= http::kLongestProxyHeader, "longer than it may be");
  check((whole.state == State::refused) == !whole.why.empty(), "refused without a reason");
  if (whole.state == State::incomplete) check(bytes.size() < http::kLongestProxyHeader, "asks for more for ever");
  if (whole.state == State::complete) {
    check(is_client(whole.client), "the client is no address");
    check(same(whole, http::read_proxy_header(bytes.substr(0, whole.size), accepted)), "what follows matters");
  }
  State before = State::incomplete;
  for (std::size_t n = 0; n <= bytes.size() && n <= 300; ++n) {
    const ProxyHeader cut = http::read_proxy_header(bytes.substr(0, n), accepted);
    check(before == State::incomplete || cut.state == before, "a decision does not stand");
    if (cut.state == State::complete) check(same(cut, whole), "the cut matters");
    before = cut.state;
  }
  return 0;
}
