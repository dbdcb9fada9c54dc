// The normal form of a request path, for matching mounts: one spelling for one resource (RFC 3986 6.2.2). Stays
// percent-encoded, so that what was not a separator never becomes one. Knows nothing of mounts.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http/refusal.hpp"

namespace appserve::http {

/// True when `raw` is its own normal form, told cheaply: no escape and no dot segment. False says nothing.
bool is_normal_path(std::string_view raw);

/// Replaces `out` with the normal form of `raw`, a path that begins with '/':
/// - escapes of unreserved characters are decoded, others kept with upper-case digits: %2f stays %2F, inside its
/// segment;
/// - "." and ".." segments are resolved, also when spelled %2e; empty segments ("//") are kept;
/// - refused (400): climbing above the root, a broken escape, an encoded NUL, and a ".." that hides behind an encoded
///   slash or backslash ("..%2f"), which an app that decodes once more would climb with.
std::optional<Refusal> normalise_path(std::string_view raw, std::string& out);

}  // namespace appserve::http
