#include "net/socket_io.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace appserve::net {
namespace {

IoResult failure() {
  if (errno == EAGAIN || errno == EINTR) return {.state = IoResult::State::again};
  return {.state = IoResult::State::closed, .broken = true};
}

}  // namespace

IoResult receive(int fd, std::span<char> into) {
  const ssize_t n = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
  if (n < 0) return failure();
  if (n == 0) return {.state = IoResult::State::closed};
  return {.bytes = static_cast<std::size_t>(n)};
}

IoResult send_gathered(int fd, std::span<const iovec> pieces) {
  ssize_t n = 0;
  if (pieces.size() == 1) {
    n = ::send(fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL | MSG_DONTWAIT);
  } else {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    n = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  if (n < 0) return failure();
  return {.bytes = static_cast<std::size_t>(n)};
}

void finish_sending(int fd) { ::shutdown(fd, SHUT_WR); }

}  // namespace appserve::net
