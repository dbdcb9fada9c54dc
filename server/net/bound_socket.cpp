#include "net/bound_socket.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/identity.hpp"
#include "net/peer_name.hpp"
#include "net/port_holder.hpp"
#include "net/unix_path.hpp"

namespace appserve::net {
namespace {

// Octets the kernel takes of an answer before it can send them. Without such a bound it takes 2 to 4 MiB of each, and
// some thousand clients that do not read leave it no memory for anybody's connection (tcp_mem).
constexpr int kMostUnsent = 64 * 1024;

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string reason(int error) { return std::system_category().message(error); }

Error refused(int error, const Endpoint& endpoint) {
  const std::string where = to_string(endpoint);
  switch (error) {
    case EADDRINUSE: {
      const std::string holder = endpoint.kind == Endpoint::Kind::tcp ? port_holder(endpoint.port) : "";
      return {
          .fault = &fault('E', 4001),
          .what = fmt::format("cannot listen on {}: already in use{}{}", where, holder.empty() ? "" : " by ", holder),
          .help = {fmt::format("appserve --listen :{} …", endpoint.port == 65535 ? 8080 : endpoint.port + 1),
                   fmt::format("ss -ltnp 'sport = :{}'", endpoint.port)}};
    }
    case EACCES:
    case EPERM:
      return {.fault = &fault('E', 4002),
              .what = fmt::format("port {} needs CAP_NET_BIND_SERVICE", endpoint.port),
              .help = {"listen on 8080 behind nginx, use systemd socket activation, or",
                       "setcap cap_net_bind_service=+ep $(command -v appserve)"}};
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return {.fault = &fault('E', 4003),
              .what = fmt::format("cannot listen on {}: {}", where, reason(error)),
              .help = {"ip -brief address    (the addresses of this machine)"}};
    default:
      return {.fault = &fault('E', 6008), .what = fmt::format("cannot listen on {}: {}", where, reason(error))};
  }
}

Result<AddressList, Error> resolve(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const bool everywhere = endpoint.host.empty() || endpoint.host == "*";
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(everywhere ? nullptr : endpoint.host.c_str(), std::to_string(endpoint.port).c_str(),
                                  &hints, &found);
  if (error != 0)
    return Failure<Error>({.fault = &fault('E', 4003),
                           .what = fmt::format("cannot listen on {}: {}", to_string(endpoint), ::gai_strerror(error)),
                           .help = {fmt::format("getent ahosts {}", endpoint.host)}});
  return AddressList(found, &::freeaddrinfo);
}

void set(int fd, int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); }

void switch_on(int fd, int level, int option) { set(fd, level, option, 1); }

// What clients' sockets inherit of the listening one: no system call per client.
void prepare_for_clients(int fd) {
  switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
  switch_on(fd, SOL_SOCKET, SO_KEEPALIVE);
  set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kMostUnsent);
}

Result<UniqueFd, int> bind_one(const sockaddr* address, socklen_t size, bool share) {
  UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return Failure<int>(errno);
  switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (share) switch_on(fd.get(), SOL_SOCKET, SO_REUSEPORT);
  if (address->sa_family == AF_INET6) switch_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  prepare_for_clients(fd.get());
  if (::bind(fd.get(), address, size) != 0) return Failure<int>(errno);
  return fd;
}

sockaddr_storage bound_address(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

in_port_t& port_of(sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(address).sin_port;
}

socklen_t size_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

Result<std::vector<UniqueFd>, int> bind_sharing(const sockaddr* address, socklen_t size, unsigned n) {
  std::vector<UniqueFd> sockets;
  for (unsigned i = 0; i < n; ++i) {
    auto socket = bind_one(address, size, true);
    if (!socket) return Failure<int>(socket.error());
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

// A socket that does not share its port fails where another server's socket would silently share its clients with us.
// It finds the free port, too; then `loops` sharing sockets take its place.
Result<std::vector<UniqueFd>, int> bind_for_loops(sockaddr_storage& address, unsigned loops) {
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  auto probe = bind_one(where, size_of(address), false);
  if (!probe) return Failure<int>(probe.error());
  if (::listen(probe->get(), 1) != 0) return Failure<int>(errno);
  port_of(address) = port_of(*std::make_unique<sockaddr_storage>(bound_address(probe->get())));
  probe->reset();
  return bind_sharing(where, size_of(address), loops);
}

Endpoint endpoint_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_UNIX) {
    const auto& local = reinterpret_cast<const sockaddr_un&>(address);
    std::string path(local.sun_path, ::strnlen(local.sun_path + 1, sizeof local.sun_path - 1) + 1);
    if (path.front() == '\0') path.front() = '@';  // the abstract namespace, unix(7)
    return {.kind = Endpoint::Kind::unix_path, .path = std::move(path)};
  }
  const PeerName name = peer_name(address);
  const std::string_view text = name.view();
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return {.host = std::string(host), .port = ntohs(port_of(const_cast<sockaddr_storage&>(address)))};
}

}  // namespace

Result<std::vector<BoundSocket>, Error> BoundSocket::bind(const Endpoint& endpoint, unsigned loops, Errors& notes,
                                                          const GivenSockets& given) {
  if (endpoint.kind == Endpoint::Kind::tcp) return bind_tcp(endpoint, loops);
  if (endpoint.given()) return take_given(endpoint, given);
  auto one = bind_unix(endpoint, notes);
  if (!one) return Failure<Error>(std::move(one.error()));
  std::vector<BoundSocket> all;
  all.push_back(std::move(*one));
  return all;
}

Result<std::vector<BoundSocket>, Error> BoundSocket::bind_tcp(const Endpoint& endpoint, unsigned loops) {
  const AsRoot root;  // a low port is taken before rights are given up
  auto addresses = resolve(endpoint);
  if (!addresses) return Failure<Error>(std::move(addresses.error()));
  std::vector<BoundSocket> all;
  int last_error = EADDRNOTAVAIL;
  for (const addrinfo* info = addresses->get(); info != nullptr; info = info->ai_next) {
    sockaddr_storage address{};
    std::memcpy(&address, info->ai_addr, info->ai_addrlen);
    if (endpoint.port == 0 && !all.empty()) port_of(address) = htons(all.front().endpoint_.port);
    auto sockets = bind_for_loops(address, loops);
    if (!sockets) {
      last_error = sockets.error();
      const bool family_missing = last_error == EAFNOSUPPORT || last_error == EADDRNOTAVAIL;
      if (family_missing && info->ai_family == AF_INET6) continue;  // a machine without IPv6
      return Failure<Error>(refused(last_error, endpoint));
    }
    BoundSocket socket;
    socket.endpoint_ = endpoint_of(address);
    socket.sockets_ = std::move(*sockets);
    all.push_back(std::move(socket));
  }
  if (all.empty()) return Failure<Error>(refused(last_error, endpoint));
  return all;
}

Result<std::vector<BoundSocket>, Error> BoundSocket::take_given(const Endpoint& endpoint, const GivenSockets& given) {
  auto sockets = given.find(endpoint);
  if (!sockets) return Failure<Error>(std::move(sockets.error()));
  std::vector<BoundSocket> all;
  for (UniqueFd& fd : *sockets) {
    const sockaddr_storage address = bound_address(fd.get());
    if (address.ss_family != AF_UNIX) prepare_for_clients(fd.get());
    BoundSocket socket;
    socket.endpoint_ = endpoint_of(address);
    socket.sockets_.push_back(std::move(fd));
    socket.given_ = true;
    all.push_back(std::move(socket));
  }
  return all;
}

Result<void, Error> BoundSocket::try_bind(const Endpoint& endpoint) {
  if (endpoint.kind == Endpoint::Kind::unix_path) {
    const auto stale = is_stale(endpoint);
    if (!stale) return Failure<Error>(stale.error());
    if (*stale) return {};
  }
  Errors notes;
  auto bound = bind(endpoint, 1, notes);
  if (!bound) return Failure<Error>(std::move(bound.error()));
  return {};
}

Result<BoundSocket, Error> BoundSocket::bind_unix(const Endpoint& endpoint, Errors& notes) {
  auto fd = take_unix_path(endpoint, notes);
  if (!fd) return Failure<Error>(std::move(fd.error()));
  struct stat status{};
  ::lstat(endpoint.path.c_str(), &status);
  BoundSocket socket;
  socket.endpoint_ = endpoint;
  socket.sockets_.push_back(std::move(*fd));
  socket.owned_.path = endpoint.path;
  socket.owned_.device = status.st_dev;
  socket.owned_.inode = status.st_ino;
  return socket;
}

BoundSocket::~BoundSocket() {
  if (owned_.path.empty()) return;
  struct stat status{};
  if (::lstat(owned_.path.c_str(), &status) == 0 && status.st_dev == owned_.device && status.st_ino == owned_.inode)
    ::unlink(owned_.path.c_str());
}

Result<void, Error> BoundSocket::listen(int backlog) {
  for (const UniqueFd& socket : sockets_)
    if (::listen(socket.get(), backlog) != 0) return Failure<Error>(refused(errno, endpoint_));
  return {};
}

Result<std::vector<UniqueFd>, Error> BoundSocket::more(const Endpoint& endpoint, unsigned n) {
  const AsRoot root;
  auto addresses = resolve(endpoint);
  if (!addresses) return Failure<Error>(std::move(addresses.error()));
  auto sockets = bind_sharing((*addresses)->ai_addr, (*addresses)->ai_addrlen, n);
  if (!sockets) return Failure<Error>(refused(sockets.error(), endpoint));
  return *std::move(sockets);
}

}  // namespace appserve::net
