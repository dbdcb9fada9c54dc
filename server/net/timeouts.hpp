// How long a client or a handler may take for each part of a request.
#pragma once
#include <chrono>
#include <cstdint>

namespace appserve::net {

struct Timeouts {
  std::chrono::milliseconds head{10'000};        // the whole head, from its first byte (or from connecting): 408
  std::chrono::milliseconds keep_alive{75'000};  // between requests: closed
  std::chrono::milliseconds write{30'000};       // without the client taking a byte: closed
  std::chrono::milliseconds request{60'000};     // until the response's head: 504 and the handler is cancelled
  std::chrono::milliseconds body{30'000};        // without a byte of a body that is wanted: 408
  std::uint64_t body_min_rate = 240;             // bytes per second on average after 5 s of a body: 408
};

}  // namespace appserve::net
