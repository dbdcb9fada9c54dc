// Decoder of the chunked transfer coding (RFC 9112 7.1): strict, incremental, zero-copy.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/refusal.hpp"

namespace appserve::http {

class ChunkedDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::string_view data;       // within the input
    bool done = false;           // the last chunk and the trailer section are read
    std::optional<Refusal> refusal;
  };
  /// `overhead_limit`: bytes of extensions and trailers allowed in this message. Trailers are validated and dropped.
  Step decode(std::string_view input, std::size_t overhead_limit);
  void reset() { *this = ChunkedDecoder(); }

 private:
  std::uint64_t left_ = 0;          // of the current chunk's data
  std::uint32_t overhead_ = 0;      // extension and trailer bytes seen
  std::uint8_t state_ = 0;
  std::uint8_t digits_ = 0;
};

}  // namespace appserve::http
