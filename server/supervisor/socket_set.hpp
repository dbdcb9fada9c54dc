// The listening sockets of the whole server. They stay open from one generation of workers to the next, so what waits
// in a queue is never lost; each belongs to one slot, so that no queue is without somebody who accepts.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/message.hpp"
#include "supervisor/plan.hpp"

namespace appserve::supervisor {

class SocketSet {
 public:
  struct Socket {
    std::uint32_t id = 0;
    UniqueFd fd;
  };
  struct Listening {
    std::string wanted, name;
    bool shared = false;
    std::vector<Socket> sockets;
    OwnedPath path;
    bool admin = false, given = false;
  };

  const std::vector<Listening>& addresses() const { return addresses_; }
  /// Null when it is not there.
  const Listening* find(std::string_view wanted, std::string_view name) const;

  /// The admin listener's; -1: there is none.
  int admin() const;

  /// How many sockets the plan's address lacks for so many loops; what it brings counts.
  unsigned missing(const Address& address, unsigned loops) const;
  /// Exactly the plan's addresses from now on: new ones listen, others close. Sockets are only ever added to an address
  /// that stays. The names of those the kernel did not let listen.
  std::vector<std::string> become(std::vector<Address> wanted, int backlog);

  /// What one worker accepts from. The descriptors stay ours.
  struct Share {
    std::vector<Take::Socket> sockets;
    std::vector<int> descriptors;
  };
  /// One share for each slot; `serving` says which have a worker. What belongs to a slot without one goes to its
  /// siblings.
  std::vector<Share> deal(const std::vector<bool>& serving) const;

  /// Nobody can connect any more when the workers have closed theirs.
  void close() { addresses_.clear(); }

  /// For a successor in this process's place.
  void adopt(Listening listening);

 private:
  std::vector<Listening> addresses_;
  std::uint32_t next_id_ = 1;
};

}  // namespace appserve::supervisor
