// How long a request's content is (RFC 9112 6.3). One decision, strict: what two parsers could read differently is
// refused.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"
#include "http/refusal.hpp"

namespace appserve::http {

/// The framing fields of one request, as they came.
struct FramingFields {
  std::string_view content_length, transfer_encoding;  // the last of each, trimmed
  unsigned lengths = 0, codings = 0;                   // how many lines of each
};

struct Framing {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;
};

/// 400 for anything malformed, repeated or contradictory; 501 for transfer codings other than chunked before it.
Result<Framing, Refusal> decide_framing(const FramingFields& fields, int minor_version);

}  // namespace appserve::http
