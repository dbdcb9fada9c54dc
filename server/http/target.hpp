// The request target (RFC 9112 3.2): which form it has, and its parts. Knows nothing of mounts.
#pragma once
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"
#include "http/refusal.hpp"

namespace appserve::http {

/// Views into the target, or literals.
struct Target {
  std::string_view path;       // as sent; "/" for an empty one, "*" for OPTIONS about the whole server
  std::string_view query;      // without '?'
  std::string_view authority;  // of the absolute form only
  bool absolute = false;
  bool plain = false;  // all of it is a path that needs no second look: no query, no escape, no dot
};

/// Takes a target apart. Refuses (400) other forms, fragments, octets URIs do not have, broken percent-encoding, an
/// encoded NUL in the path, userinfo, an empty or malformed authority; and (421) https, which this machine cannot
/// prove.
Result<Target, Refusal> parse_target(Method method, std::string_view target);

}  // namespace appserve::http
