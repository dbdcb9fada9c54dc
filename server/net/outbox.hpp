// What the socket did not take yet: bytes of our own, pieces that still belong to the app, parts of files. In order;
// bytes are sent gathered.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
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
  /// Duplicates the descriptor. False: the process has too many open files.
  [[nodiscard]] bool add_file(int fd, std::uint64_t offset, std::uint64_t length);
  /// Turns what is borrowed into copies: the app's memory is not needed from here on.
  void own_all();
  void clear();

  struct FilePart {
    UniqueFd fd;
    std::uint64_t offset = 0, length = 0;
  };
  /// What is to be sent first when that is a file; null when it is bytes.
  const FilePart* front_file() const;
  /// The first bytes to send, as many segments as `into` takes.
  std::span<iovec> front(std::span<iovec> into) const;
  /// They were sent, or so much of the file in front.
  void consume(std::size_t bytes);

 private:
  struct Segment {
    std::string own;
    service::Piece piece{};  // when it is borrowed
    FilePart file{};         // when it is one

    bool borrowed() const { return piece.release != nullptr; }
    bool is_file() const { return static_cast<bool>(file.fd); }
    std::string_view bytes() const { return borrowed() ? piece.data : std::string_view(own); }
  };
  void consume_file(std::size_t bytes);

  std::vector<Segment> segments_;
  std::size_t sent_ = 0;  // of the first segment
};

}  // namespace appserve::net
