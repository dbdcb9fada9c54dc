#include "net/socket_io.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace appserve::net {
namespace {

IoResult failure() {
  if (errno == EAGAIN || errno == EINTR) return {.state = IoResult::State::again};
  return {.state = IoResult::State::closed, .broken = true};
}

// For file systems that sendfile() cannot read from.
IoResult read_and_send(int fd, int file, off_t offset, std::size_t count) {
  std::array<char, 16384> buffer;
  const ssize_t n = ::pread(file, buffer.data(), std::min(count, buffer.size()), offset);
  if (n < 0) return {.state = IoResult::State::closed, .broken = true};
  if (n == 0) return {.state = IoResult::State::closed};
  const iovec part{buffer.data(), static_cast<std::size_t>(n)};
  return send_gathered(fd, {&part, 1});
}

}  // namespace

IoResult receive(int fd, std::span<char> into) {
  const ssize_t n = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
  if (n < 0) return failure();
  if (n == 0) return {.state = IoResult::State::closed};
  return {.bytes = static_cast<std::size_t>(n)};
}

bool has_input(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
}

IoResult send_gathered(int fd, std::span<const iovec> pieces, bool more) {
  const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
  ssize_t n = 0;
  if (pieces.size() == 1) {
    n = ::send(fd, pieces[0].iov_base, pieces[0].iov_len, flags);
  } else {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    n = ::sendmsg(fd, &message, flags);
  }
  if (n < 0) return failure();
  return {.bytes = static_cast<std::size_t>(n)};
}

IoResult send_file(int fd, int file, std::uint64_t offset, std::size_t count) {
  auto from = static_cast<off_t>(offset);
  const ssize_t n = ::sendfile(fd, file, &from, count);
  if (n < 0) return errno == EINVAL || errno == ENOSYS ? read_and_send(fd, file, from, count) : failure();
  if (n == 0 && count > 0) return {.state = IoResult::State::closed};
  return {.bytes = static_cast<std::size_t>(n)};
}

void finish_sending(int fd) { ::shutdown(fd, SHUT_WR); }

}  // namespace appserve::net
