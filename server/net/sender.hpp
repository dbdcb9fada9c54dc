// The way out of one connection: bytes go to the socket at once, what it does not take waits its turn.
// Knows no HTTP beyond frames; the socket is its owner's.
#pragma once
#include <string_view>

#include "http/machine.hpp"
#include "net/outbox.hpp"
#include "net/socket_io.hpp"

namespace appserve::net {

class Sender {
 public:
  /// The socket is full; resume() when it has room.
  bool waiting() const { return !tail_.empty(); }

  /// False: the connection is broken. `more`: further bytes follow at once.
  bool send(int socket, std::string_view bytes, bool more = false);
  /// `before`, then the frame, its content from where it is. The piece is given back when it is sent, or at clear().
  bool send(int socket, std::string_view before, const http::Machine::Frame& frame, const service::Piece& piece);
  /// The same with a part of a file. Reading what is not in memory holds the loop for as long as the disk takes, hence
  /// in bounded steps.
  bool send_file(int socket, std::string_view before, const http::Machine::Frames& frames, const service::Piece& file);
  /// Sends of what waits as much as the socket takes.
  IoResult resume(int socket);

  /// The memory of pieces that wait is not needed any more after this.
  void own_pieces() { tail_.own_all(); }
  void clear() { tail_.clear(); }
  /// Why it failed, when that was not the client's doing: a sentence, or empty.
  std::string_view problem() const { return problem_ == nullptr ? "" : problem_; }

 private:
  IoResult send_part(int socket, int file, std::uint64_t offset, std::uint64_t length);

  Outbox tail_;  // rendered, not taken by the socket yet
  const char* problem_ = nullptr;
};

}  // namespace appserve::net
