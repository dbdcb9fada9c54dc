#include "http/body_framing.hpp"

#include "base/ascii.hpp"
#include "http/field_values.hpp"

namespace appserve::http {
namespace {

Failure<Refusal> bad(std::string_view why) { return Failure<Refusal>(Refusal{400, why}); }

/// Exactly "chunked" is served. Chunked after other codings is 501 (RFC 9112 6.1); a list that does not end in the one
/// and only chunked leaves the length unknown: 400 (RFC 9112 6.3, rule 4).
Result<Framing, Refusal> decide_coding(std::string_view value) {
  if (ascii::iequals(value, "chunked")) return Framing{BodyKind::chunked, 0};
  unsigned chunked = 0;
  bool last = false, hole = false;
  while (const auto member = next_member(value)) {
    last = ascii::iequals(*member, "chunked");
    chunked += last ? 1 : 0;
    hole = hole || member->empty();
  }
  if (hole || !last || chunked != 1) return bad("Transfer-Encoding does not end in one chunked coding");
  return Failure<Refusal>(Refusal{501, "the transfer coding is not known here"});
}

}  // namespace

Result<Framing, Refusal> decide_framing(const FramingFields& fields, int minor_version) {
  if (fields.codings > 0) {
    if (minor_version == 0) return bad("HTTP/1.0 has no Transfer-Encoding");
    if (fields.lengths > 0) return bad("Transfer-Encoding and Content-Length are both given");
    if (fields.codings > 1) return bad("Transfer-Encoding is given twice");
    return decide_coding(fields.transfer_encoding);
  }
  if (fields.lengths == 0) return Framing{};
  if (fields.lengths > 1) return bad("Content-Length is given twice");
  const auto length = parse_decimal(fields.content_length);
  if (!length) return bad("Content-Length is not a number");
  return Framing{*length > 0 ? BodyKind::length : BodyKind::none, *length};
}

}  // namespace appserve::http
