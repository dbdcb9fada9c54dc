// Host and authority: host[:port] (RFC 3986 3.2.2, 3.2.3; RFC 9110 7.2), by grammar only: no lookup, no userinfo.
#pragma once
#include <string_view>

namespace appserve::http {

/// True for uri-host [":" port]: a registered name (which may be empty), an IPv4 address or an IP literal in brackets,
/// and a port up to 65535 or an empty one.
bool is_authority(std::string_view text);

/// True when a valid authority names no host: "" or ":80".
inline bool has_empty_host(std::string_view authority) { return authority.empty() || authority.front() == ':'; }

}  // namespace appserve::http
