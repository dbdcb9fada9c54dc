#include "net/sender.hpp"

#include <algorithm>
#include <array>

namespace appserve::net {
namespace {

constexpr std::uint64_t kFileStep = 512 * 1024;  // of a file, before other connections have their turn

iovec part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

bool Sender::send(int socket, std::string_view bytes, bool more) {
  std::size_t sent = 0;
  if (tail_.empty()) {
    const iovec all = part(bytes);
    const IoResult result = send_gathered(socket, {&all, 1}, more);
    if (result.state == IoResult::State::closed) return false;
    sent = result.bytes;
  }
  tail_.copy(bytes.substr(sent));
  return true;
}

bool Sender::send(int socket, std::string_view before, const http::Machine::Frame& frame, const service::Piece& piece) {
  std::size_t sent = 0;
  if (tail_.empty()) {
    const std::array parts{part(before), part(frame.line.text()), part(frame.data), part(frame.suffix)};
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
  tail_.copy(unsent(frame.line.text()));
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

bool Sender::send_file(int socket, std::string_view before, const http::Machine::Frames& frames,
                       const service::Piece& file) {
  std::uint64_t sent = 0;
  std::string head(before);
  head.append(frames.line.text());
  if (!send(socket, head, frames.size > 0)) return false;
  if (tail_.empty() && frames.size > 0) {
    const IoResult content = send_part(socket, file.fd, file.offset, frames.size);
    if (content.state == IoResult::State::closed) return false;
    sent = content.bytes;
  }
  if (sent < frames.size && !tail_.add_file(file.fd, file.offset + sent, frames.size - sent)) {
    problem_ = "too many open files: a file is not sent to its end";
    return false;
  }
  tail_.copy(frames.suffix);
  return true;
}

IoResult Sender::send_part(int socket, int file, std::uint64_t offset, std::uint64_t length) {
  const IoResult sent = net::send_file(socket, file, offset, static_cast<std::size_t>(std::min(length, kFileStep)));
  if (sent.state == IoResult::State::closed && !sent.broken)
    problem_ = "a file became shorter while it was sent; the connection was closed";
  return sent;
}

IoResult Sender::resume(int socket) {
  if (const Outbox::FilePart* file = tail_.front_file()) {
    const IoResult sent = send_part(socket, file->fd.get(), file->offset, file->length);
    if (sent.state != IoResult::State::closed) tail_.consume(sent.bytes);
    return sent;
  }
  std::array<iovec, 16> parts{};
  const IoResult sent = send_gathered(socket, tail_.front(parts));
  if (sent.state != IoResult::State::closed) tail_.consume(sent.bytes);
  return sent;
}

}  // namespace appserve::net
