// What a request may cost before it is refused. Bytes unless said.
#pragma once
#include <cstddef>
#include <cstdint>

namespace appserve::http {

struct Limits {
  std::size_t head = std::size_t{32} * 1024;        // request line, fields and the blank line together: 431 above
  std::size_t target = std::size_t{8} * 1024;       // the request target: 414 above
  std::size_t fields = 100;                         // count of header fields: 431 above
  std::uint64_t body = std::uint64_t{1024} * 1024;  // content, chunk framing not counted: 413 above
  std::size_t chunk_overhead =
      std::size_t{16} * 1024;  // chunk extensions plus trailers of one message, in total: 400 above
  bool require_host = true;    // HTTP/1.1 without Host is 400 (RFC 9112 3.2)
};

}  // namespace appserve::http
