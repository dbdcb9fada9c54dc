// What trusted proxies say about the client: Forwarded (RFC 7239) or X-Forwarded-*. Pure: which fields and how many
// hops are believed comes in. Knows no connection.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/refusal.hpp"

namespace appserve::http {

/// Which fields are believed. `forwarded` excludes all others.
struct ForwardedFields {
  bool forwarded = false;
  bool x_for = false, x_host = false, x_proto = false, x_port = false, x_prefix = false, x_by = false;

  friend bool operator==(const ForwardedFields&, const ForwardedFields&) = default;
};

/// What is believed; empty: nothing was said.
struct ForwardedClient {
  std::string remote;  // "192.0.2.1", "[2001:db8::1]:4711"; the port when it was given
  std::string scheme;  // "http", "https"
  std::string authority;
  std::string prefix;  // "/game": in front of what this server sees; normalised, no slash at the end
  // What the fields are rewritten to: the trusted tail.
  std::string forwarded, x_for, x_host;
};

/// Reads the last `hops` entries. `scheme` and `authority` are the connection's own, completed by what is said
/// (X-Forwarded-Port). 400 with `Header "X-Forwarded-For" malformed.` for what is believed and not well-formed.
struct ForwardedReading {
  ForwardedClient client;
  std::optional<Refusal> refusal;
};
ForwardedReading read_forwarded(std::span<const Field> fields, const ForwardedFields& believed, std::size_t hops,
                                std::string_view scheme, std::string_view authority);

/// A field that speaks for a client, and belongs to proxies: Forwarded, X-Forwarded-*, X-Real-IP. Lower-case names.
bool is_forwarding_field(std::string_view name);
/// Whether such a field is among the believed ones.
bool is_believed(std::string_view name, const ForwardedFields& believed);

}  // namespace appserve::http
