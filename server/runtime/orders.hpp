// A worker's ear: what the supervisor says over the channel becomes calls of the Server. When the supervisor is gone,
// the worker finishes what runs and ends.
#pragma once
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <functional>
#include <vector>

#include "runtime/server.hpp"
#include "supervisor/channel.hpp"

namespace appserve::runtime {

class Orders {
 public:
  /// Everything given outlives it. `reopen` opens the log files anew.
  Orders(Server& server, const supervisor::Channel& channel, std::function<void()> reopen);

  /// [ctl] Listens from now on, on the server's control thread.
  void listen();

 private:
  asio::awaitable<void> obey();
  bool receive_all();
  void handle(supervisor::Channel::Received& received);
  void take(const supervisor::Take& take, std::vector<UniqueFd>& descriptors);

  Server& server_;
  const supervisor::Channel& channel_;
  std::function<void()> reopen_;
  asio::posix::stream_descriptor readable_;
};

}  // namespace appserve::runtime
