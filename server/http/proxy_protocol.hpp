// The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): what a proxy that passes bytes on says, before
// them, of who the client is. Knows neither sockets nor whom to believe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace appserve::http {

enum class ProxyProtocol : std::uint8_t { off, v1, v2, any };

struct ProxyHeader {
  enum class State : std::uint8_t { incomplete, complete, refused } state = State::incomplete;
  std::size_t size = 0;  // complete: the header's bytes; what follows them is the client's
  /// complete: "192.0.2.1:49152", "[2001:db8::1]:80" or "unix:". Empty where the proxy speaks for itself or does not
  /// know (LOCAL, UNKNOWN): then the client is whoever connected.
  std::string client;
  std::string_view why;  // refused: a static sentence, safe to show
};

/// The longest header that is taken, TLVs included.
inline constexpr std::size_t kLongestProxyHeader = 4096;

/// `bytes`: everything since the connection began. incomplete: all of it belongs to the header. TLVs must fit their
/// lengths and are skipped.
ProxyHeader read_proxy_header(std::string_view bytes, ProxyProtocol accepted);

}  // namespace appserve::http
