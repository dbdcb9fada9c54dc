#include "http/request_parser.hpp"

#include <llhttp.h>

#include <string_view>

#include "base/ascii.hpp"

// llhttp 8 has a loose mode that is not safe, and it is its default; llhttp 9 is strict unless told otherwise.
#if LLHTTP_VERSION_MAJOR < 9 && !LLHTTP_STRICT_MODE
#error "llhttp 8 must be compiled with LLHTTP_STRICT_MODE=1"
#endif

namespace appserve::http {
namespace {

constexpr int kStop = HPE_CB_HEADERS_COMPLETE;

Fields& fields_of(llhttp_t* parser) { return *static_cast<Fields*>(parser->data); }

int on_field(llhttp_t* parser, const char* at, std::size_t size) {
  fields_of(parser).push_back({{at, size}, {}});
  return 0;
}

int on_value(llhttp_t* parser, const char* at, std::size_t size) {
  fields_of(parser).back().value = ascii::trim({at, size});
  return 0;
}

/// Ends the parse: llhttp never sees a body, so neither upgrades nor trailers nor its framing matter.
int on_headers_complete(llhttp_t*) { return kStop; }

constexpr llhttp_settings_t kSettings = [] {
  llhttp_settings_t settings{};
  settings.on_header_field = on_field;
  settings.on_header_value = on_value;
  settings.on_headers_complete = on_headers_complete;
  return settings;
}();

/// A parser that has read the request line: the gate has judged the real one, and llhttp's opinion of methods, targets
/// and versions differs from release to release. A parser between two lines is a plain value, so it is copied.
llhttp_t make_parser() {
  static constexpr std::string_view kLine = "GET / HTTP/1.1\r\n";
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &kSettings);
  llhttp_execute(&parser, kLine.data(), kLine.size());
  return parser;
}

const llhttp_t after_request_line = make_parser();

std::string_view why(llhttp_errno_t error) {
  switch (error) {
    case HPE_INVALID_HEADER_TOKEN:
      return "a header field is malformed";
    case HPE_INVALID_CONTENT_LENGTH:
      return "Content-Length is not a number";
    case HPE_UNEXPECTED_CONTENT_LENGTH:
      return "Content-Length is given twice, or beside Transfer-Encoding";
    case HPE_INVALID_TRANSFER_ENCODING:
      return "Transfer-Encoding is malformed";
    default:
      return "the head is malformed";
  }
}

}  // namespace

std::optional<Refusal> parse_fields(std::span<const char> bytes, Fields& fields) {
  llhttp_t parser = after_request_line;
  parser.data = &fields;
  const llhttp_errno_t error = llhttp_execute(&parser, bytes.data(), bytes.size());
  if (error == HPE_CB_HEADERS_COMPLETE) return std::nullopt;
  if (error == HPE_OK) return Refusal{400, "the head is incomplete"};
  return Refusal{400, why(error)};
}

}  // namespace appserve::http
