// net/socket_io.hpp over a World's sockets.
#include <unistd.h>

#include <algorithm>
#include <string>

#include "net/socket_io.hpp"
#include "sim/world.hpp"

namespace appserve::net {
namespace {

constexpr std::size_t kAtOnce = 64 * 1024;  // of a file

IoResult result_of(sim::World::Io io) {
  using Simulated = sim::World::Io::State;
  if (io.state == Simulated::ok) return {.bytes = io.bytes};
  if (io.state == Simulated::again) return {.state = IoResult::State::again};
  return {.state = IoResult::State::closed, .broken = io.state == Simulated::broken};
}

}  // namespace

IoResult receive(int fd, std::span<char> into) {
  return result_of(sim::World::current().receive(fd, into.data(), into.size()));
}

bool has_input(int fd) { return sim::World::current().has_input(fd); }

IoResult send_gathered(int fd, std::span<const iovec> pieces, bool /*more*/) {
  std::string bytes;
  for (const iovec& piece : pieces) bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  return result_of(sim::World::current().send(fd, bytes));
}

IoResult send_file(int fd, int file, std::uint64_t offset, std::size_t count) {
  std::string bytes(std::min(count, kAtOnce), '\0');
  const ssize_t got = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (got <= 0) return {.state = IoResult::State::closed, .broken = got < 0};
  bytes.resize(static_cast<std::size_t>(got));
  return result_of(sim::World::current().send(fd, bytes));
}

void finish_sending(int fd) { sim::World::current().finish_sending(fd); }

}  // namespace appserve::net
