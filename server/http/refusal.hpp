// Why bytes of a peer are refused: a status for the peer, a sentence for the log. Never an exception.
#pragma once
#include <string_view>

namespace appserve::http {

struct Refusal {
  int status;            // 400, 405, 408, 413, 414, 417, 431, 501, 505 …
  std::string_view why;  // a static sentence, safe to show to the peer: "a header line is folded"
};

/// The standard reason phrase ("Not Found"); empty for codes nobody registered.
std::string_view reason_phrase(int status);

}  // namespace appserve::http
