// The nouns of HTTP/1.1: a request's head as it was read, a response's head as it will be written.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace appserve::http {

enum class Method : std::uint8_t { get = 1, head, post, put, del, patch, options, other };

struct Field {
  std::string_view name, value;
};
using Fields = std::vector<Field>;

enum class BodyKind : std::uint8_t { none, length, chunked };

/// A request's head. Every view points into the bytes that were parsed and lives as long as they do.
struct RequestHead {
  Method method = Method::get;
  int minor_version = 1;  // HTTP/1.x, x is 0 or 1
  BodyKind body = BodyKind::none;
  bool plain_path = false;           // the path is its own normal form, without a second look
  bool keep_alive = true;            // what the client asks for (RFC 9112 9.3)
  bool expect_continue = false;      // Expect: 100-continue, with a body to come
  std::uint64_t content_length = 0;  // when body is `length`
  std::string_view method_name;
  std::string_view target;     // byte for byte
  std::string_view path;       // the target's path, percent-encoded as sent; "*" for OPTIONS *
  std::string_view query;      // without '?'
  std::string_view authority;  // host[:port]: the absolute form's, else Host's; may be empty with HTTP/1.0
  Fields fields;               // names in lower case, values trimmed, in order, duplicates kept
};

/// A response's head as an app asks for it. Framing fields are the server's: see Machine::start_response.
struct ResponseHead {
  int status = 200;
  bool close = false;             // close the connection after this response
  std::string_view content_type;  // shortcut for the commonest field; may be empty
  std::span<const Field> fields;
  std::int64_t content_length = -1;  // -1: not known
};

}  // namespace appserve::http
