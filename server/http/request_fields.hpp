// What a request's fields mean to the protocol: host, framing, persistence, expectation. Names get their lower-case
// form.
#pragma once
#include <optional>
#include <span>

#include "http/message.hpp"
#include "http/refusal.hpp"

namespace appserve::http {

/// Lowers the names of head.fields in place (`bytes` is what they point into), drops fields with '_' in their names (a
/// CGI-style app could not tell them from '-') and fills authority, body, content_length, keep_alive, expect_continue.
/// head.method, minor_version and fields are set before.
std::optional<Refusal> read_request_fields(std::span<char> bytes, bool require_host, RequestHead& head);

}  // namespace appserve::http
