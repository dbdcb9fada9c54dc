// Listening sockets that somebody else made and handed to this process: a service manager by the protocol of
// sd_listen_fds(3), or whoever started it. They stay open as long as the process, so that they refuse nobody while it
// comes and goes.
#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "net/endpoint.hpp"

namespace appserve::net {

class GivenSockets {
 public:
  /// Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES and takes them out of the environment: apps and what they start
  /// must not think the sockets theirs. [main, before threads and before anything is opened]
  static GivenSockets from_environment();
  /// Nobody gave any.
  GivenSockets() = default;

  /// The sockets an endpoint `systemd`, `systemd:NAME` or `fd:N` stands for, each as a descriptor of the caller's own
  /// that does not block. E4009.
  Result<std::vector<UniqueFd>, Error> find(const Endpoint& endpoint) const;

  /// For a program that runs in this process's place: it finds what this one found.
  void hand_on() const;
  /// It could not run.
  void keep() const;

 private:
  struct Given {
    int fd;
    std::string name;
  };

  std::vector<const Given*> wanted(const Endpoint& endpoint) const;
  Error none(const Endpoint& endpoint) const;

  std::vector<Given> given_;
  std::string why_none_ = "the service manager gave this process no sockets";
};

}  // namespace appserve::net
