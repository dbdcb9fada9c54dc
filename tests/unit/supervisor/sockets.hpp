// Sockets for tests: bound to a free port of loopback.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/unique_fd.hpp"
#include "supervisor/plan.hpp"

namespace appserve::supervisor::test {

inline UniqueFd bound_socket() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return fd;
}

inline bool listens(int fd) {
  int on = 0;
  socklen_t size = sizeof on;
  ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size);
  return on == 1;
}

inline Address address(std::string name, unsigned sockets, bool shared = false) {
  Address address{.wanted = name, .name = name, .shared = shared};
  for (unsigned i = 0; i < sockets; ++i) address.sockets.push_back(bound_socket());
  return address;
}

inline std::vector<Address> addresses(Address first) {
  std::vector<Address> all;
  all.push_back(std::move(first));
  return all;
}

}  // namespace appserve::supervisor::test
