// Sockets bound to an address: made before any app is loaded, so that a taken port is told first. TCP sockets listen
// later; who connects to a unix path waits until somebody accepts.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "net/endpoint.hpp"
#include "net/given_sockets.hpp"

namespace appserve::net {

class BoundSocket {
 public:
  /// One per address the endpoint stands for. TCP: `loops` sockets with SO_REUSEPORT each; a unix path, and what was
  /// given: one, shared. All or none. E4001 E4002 E4003 E4005 E4006 E4007 E4008 E4009. `notes` gets N4005 when a stale
  /// unix socket was removed.
  static Result<std::vector<BoundSocket>, Error> bind(const Endpoint& endpoint, unsigned loops, Errors& notes,
                                                      const GivenSockets& given = {});

  /// Whether bind() would succeed, at an address that is not given(). Leaves everything as it is, also a stale unix
  /// socket.
  static Result<void, Error> try_bind(const Endpoint& endpoint);

  BoundSocket(BoundSocket&&) = default;
  BoundSocket& operator=(BoundSocket&&) = default;
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;
  /// Removes the unix path if it is still ours.
  ~BoundSocket();

  /// With the real address and port.
  const Endpoint& endpoint() const { return endpoint_; }
  /// Clients may connect from here on, with this queue. E6008 when the kernel refuses.
  Result<void, Error> listen(int backlog);
  /// One socket for all loops, not one for each.
  bool shared() const { return given_ || endpoint_.kind == Endpoint::Kind::unix_path; }
  /// It goes on without us: who waits in its queue is somebody else's.
  bool given() const { return given_; }
  /// Whose it is from now on; a unix path stays ours.
  std::vector<UniqueFd> take() { return std::move(sockets_); }

  /// More sockets for a TCP address that is bound by us already, as `endpoint()` had it. E4001, E6008.
  static Result<std::vector<UniqueFd>, Error> more(const Endpoint& endpoint, unsigned n);

  struct PathOwner {  // a unix path to remove; empty when moved from
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
    PathOwner() = default;
    PathOwner(PathOwner&& other) noexcept { *this = std::move(other); }
    PathOwner& operator=(PathOwner&& other) noexcept {
      std::swap(path, other.path);
      std::swap(device, other.device);
      std::swap(inode, other.inode);
      return *this;
    }
  };
  /// Somebody else removes it.
  PathOwner release_path() { return std::move(owned_); }

 private:
  BoundSocket() = default;
  static Result<std::vector<BoundSocket>, Error> bind_tcp(const Endpoint& endpoint, unsigned loops);
  static Result<BoundSocket, Error> bind_unix(const Endpoint& endpoint, Errors& notes);
  static Result<std::vector<BoundSocket>, Error> take_given(const Endpoint& endpoint, const GivenSockets& given);

  Endpoint endpoint_;
  std::vector<UniqueFd> sockets_;
  PathOwner owned_;
  bool given_ = false;
};

}  // namespace appserve::net
