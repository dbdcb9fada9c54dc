#include "net/sender.hpp"

#include <algorithm>
#include <array>

namespace appserve::net {
namespace {

iovec part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

bool Sender::send(int socket, std::string_view bytes) {
  std::size_t sent = 0;
  if (tail_.empty()) {
    const iovec all = part(bytes);
    const IoResult result = send_gathered(socket, {&all, 1});
    if (result.state == IoResult::State::closed) return false;
    sent = result.bytes;
  }
  tail_.copy(bytes.substr(sent));
  return true;
}

bool Sender::send(int socket, std::string_view before, const http::Machine::Frame& frame, const service::Piece& piece) {
  std::size_t sent = 0;
  if (tail_.empty()) {
    const std::array parts{part(before), part(frame.prefix), part(frame.data), part(frame.suffix)};
    const IoResult result = send_gathered(socket, parts);
    if (result.state == IoResult::State::closed) {
      piece.give_back();
      return false;
    }
    sent = result.bytes;
  }
  const auto unsent = [&sent](std::string_view bytes) {
    const std::size_t skipped = std::min(sent, bytes.size());
    sent -= skipped;
    return bytes.substr(skipped);
  };
  tail_.copy(unsent(before));
  tail_.copy(unsent(frame.prefix));
  const std::string_view data = unsent(frame.data);
  if (!data.empty() && piece.release != nullptr) {
    tail_.borrow(data, piece);
  } else {
    tail_.copy(data);
    piece.give_back();
  }
  tail_.copy(unsent(frame.suffix));
  return true;
}

IoResult Sender::resume(int socket) {
  std::array<iovec, 16> parts{};
  const IoResult sent = send_gathered(socket, tail_.front(parts));
  if (sent.state != IoResult::State::closed) tail_.consume(sent.bytes);
  return sent;
}

}  // namespace appserve::net
