// A connection of which a proxy has yet to say whose it is: reads the PROXY header and not one byte more, then hands
// the socket on. Ends silently when the proxy leaves (balancers look whether somebody accepts) or takes too long.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "http/proxy_protocol.hpp"
#include "loop/event_loop.hpp"

namespace appserve::net {

class ServingLoop;

class ProxyGreeting final : private loop::Watcher, private loop::Deadline {
 public:
  /// [home] `peer`: who connected. Throws as Poller::add.
  ProxyGreeting(ServingLoop& home, UniqueFd socket, std::string_view peer);
  ~ProxyGreeting() override;

  /// [home] The server stops: what is on its way may still arrive.
  void hurry();

  std::size_t slot = 0;  // the owner's: its place among the others

 private:
  void on_events(std::uint32_t events) override;
  void on_deadline() override;

  ServingLoop& home_;
  UniqueFd socket_;
  loop::Poller::Token token_;
  std::string peer_;
  std::string bytes_;  // of the header, taken from the socket
};

}  // namespace appserve::net
