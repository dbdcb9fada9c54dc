// The system calls of a connection: non-blocking, never a signal, never an exception.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace appserve::net {

struct IoResult {
  enum class State { ok, again, closed } state = State::ok;  // closed: end of stream, or the connection is broken
  std::size_t bytes = 0;
  bool broken = false;  // closed by an error, not by the peer's orderly end
};

IoResult receive(int fd, std::span<char> into);

/// Bytes have come that are not received yet.
bool has_input(int fd);

/// Sends what the kernel takes of the pieces, in order. `more`: further bytes follow at once.
IoResult send_gathered(int fd, std::span<const iovec> pieces, bool more = false);

/// Sends a part of a regular file. closed without broken: the file ends before `count` bytes.
/// sendfile() knows no MSG_NOSIGNAL and no MSG_DONTWAIT: the process ignores SIGPIPE, and `fd` is non-blocking.
IoResult send_file(int fd, int file, std::uint64_t offset, std::size_t count);

/// No more will be sent; the peer reads to the end.
void finish_sending(int fd);

}  // namespace appserve::net
