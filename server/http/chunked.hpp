// Decoder of the chunked transfer coding (RFC 9112 7.1): strict, incremental, zero-copy.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/refusal.hpp"

namespace appserve::http {

class ChunkedDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::string_view data;  // within the input
    bool done = false;      // the last chunk and the trailer section are read
    std::optional<Refusal> refusal;
  };
  /// Takes one step: at most one piece of content, with the framing around it. `overhead_limit`: bytes of extensions
  /// and trailers allowed in this message; trailers are validated and dropped. `content_limit`: content still allowed
  /// from here on; a chunk that announces more is refused (413). After a refusal the decoder is of no more use.
  Step decode(std::string_view input, std::size_t overhead_limit, std::uint64_t content_limit);
  /// Content still to come of the chunk being read, as far as its size is known.
  std::uint64_t announced() const { return left_; }
  void reset() { *this = ChunkedDecoder(); }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    size_space,
    ext_first,
    ext_name,
    ext_name_space,
    ext_value_first,
    ext_value,
    ext_value_space,
    ext_quoted,
    ext_escaped,
    ext_quote_end,
    size_lf,
    data,
    data_cr,
    data_lf,
    line_first,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done
  };

  /// Takes one octet of framing.
  std::optional<Refusal> take(char c, std::uint64_t most);
  std::optional<Refusal> take_size(char c, std::uint64_t most);
  std::optional<Refusal> take_extension(char c);
  std::optional<Refusal> take_trailer(char c);

  std::uint64_t left_ = 0;      // of the current chunk's data
  std::uint32_t overhead_ = 0;  // extension and trailer bytes seen
  State state_ = State::size_first;
  std::uint8_t digits_ = 0;
};

}  // namespace appserve::http
