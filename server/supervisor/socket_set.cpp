#include "supervisor/socket_set.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace appserve::supervisor {

const SocketSet::Listening* SocketSet::find(std::string_view wanted, std::string_view name) const {
  for (const Listening& present : addresses_)
    if (present.wanted == wanted && present.name == name) return &present;
  return nullptr;
}

int SocketSet::admin() const {
  for (const Listening& address : addresses_)
    if (address.admin && !address.sockets.empty()) return address.sockets.front().fd.get();
  return -1;
}

unsigned SocketSet::missing(const Address& address, unsigned loops) const {
  const Listening* present = find(address.wanted, address.name);
  const std::size_t there = address.sockets.size() + (present != nullptr ? present->sockets.size() : 0);
  const std::size_t needed = address.shared ? 1 : loops;
  return static_cast<unsigned>(needed - std::min(needed, there));
}

std::vector<std::string> SocketSet::become(std::vector<Address> wanted, int backlog) {
  std::vector<std::string> refused;
  std::vector<Listening> next;
  for (Address& address : wanted) {
    Listening listening{address.wanted,          address.name,  address.shared, {},
                        std::move(address.path), address.admin, address.given};
    const auto present = std::ranges::find_if(
        addresses_, [&](const Listening& l) { return l.wanted == address.wanted && l.name == address.name; });
    if (present != addresses_.end()) listening = std::move(*present);
    for (UniqueFd& fd : address.sockets) {
      if (::listen(fd.get(), backlog) != 0) refused.push_back(address.name);
      listening.sockets.push_back({next_id_++, std::move(fd)});
    }
    next.push_back(std::move(listening));
  }
  addresses_ = std::move(next);
  return refused;
}

std::vector<SocketSet::Share> SocketSet::deal(const std::vector<bool>& serving) const {
  const std::size_t slots = serving.size();
  std::vector<Share> shares(slots);
  std::vector<std::size_t> present;
  for (std::size_t slot = 0; slot < slots; ++slot)
    if (serving[slot]) present.push_back(slot);
  if (present.empty()) return shares;
  const auto give = [&](std::size_t slot, const Listening& address, const Socket& socket, std::size_t loop) {
    shares[slot].sockets.push_back({socket.id, static_cast<std::uint32_t>(loop), address.shared, address.given});
    shares[slot].descriptors.push_back(socket.fd.get());
  };
  for (const Listening& address : addresses_)
    for (std::size_t i = 0; i < address.sockets.size() && !address.admin; ++i) {
      const std::size_t owner = serving[i % slots] ? i % slots : present[i % present.size()];
      if (!address.shared)
        give(owner, address, address.sockets[i], i / slots);
      else
        for (const std::size_t slot : present) give(slot, address, address.sockets[i], 0);
    }
  return shares;
}

void SocketSet::adopt(Listening listening) {
  for (const Socket& socket : listening.sockets) next_id_ = std::max(next_id_, socket.id + 1);
  addresses_.push_back(std::move(listening));
}

}  // namespace appserve::supervisor
