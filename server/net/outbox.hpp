// What the socket did not take yet: bytes of our own, and pieces that still belong to the app. In order, sent gathered.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "service/response_writer.hpp"

namespace appserve::net {

class Outbox {
 public:
  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox() { clear(); }

  bool empty() const { return segments_.empty(); }
  void copy(std::string_view bytes);
  /// Keeps the piece's memory until it is sent, then releases it. `bytes`: the part of it still to send.
  void borrow(std::string_view bytes, const service::Piece& piece);
  /// Turns what is borrowed into copies: the app's memory is not needed from here on.
  void own_all();
  void clear();

  /// The first bytes to send, as many segments as `into` takes.
  std::span<iovec> front(std::span<iovec> into) const;
  /// They were sent.
  void consume(std::size_t bytes);

 private:
  struct Segment {
    std::string own;
    service::Piece piece;  // when it is borrowed

    bool borrowed() const { return piece.release != nullptr; }
    std::string_view bytes() const { return borrowed() ? piece.data : std::string_view(own); }
  };
  std::vector<Segment> segments_;
  std::size_t sent_ = 0;  // of the first segment
};

}  // namespace appserve::net
