// Renders the fields an app asks for, and takes out of them what is the server's to decide. Knows nothing of
// connections.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace appserve::http {

/// What an app's fields say about framing and the connection; these are not rendered.
struct ResponseAsks {
  std::int64_t content_length = -1;
  bool close = false;    // Connection: close
  bool upgrade = false;  // Upgrade is among the fields (426 only)
  // Still to be rendered:
  std::string_view content_type;  // as a field; empty: the app set it itself, or none
  std::string_view common;        // as it is
};

/// Appends head's fields; where the app set one of those in `common` ("Name: value\r\n" lines), also the others of
/// these. Nothing, with `out` unspecified beyond its old size, when a field may not be sent.
std::optional<ResponseAsks> append_fields(const ResponseHead& head, std::string_view common, std::string& out);

}  // namespace appserve::http
