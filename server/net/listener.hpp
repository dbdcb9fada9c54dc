// One loop's listening socket: accepts clients and hands them to its ServingLoop. Rests when descriptors run out.
#pragma once
#include "base/unique_fd.hpp"
#include "loop/event_loop.hpp"
#include "net/serving_loop.hpp"

namespace appserve::net {

class Listener final : private loop::Watcher, private loop::Deadline {
 public:
  /// [home] `socket` listens and is non-blocking.
  Listener(UniqueFd socket, ServingLoop& serving);
  ~Listener() override;

  /// [home] No handshake begins any more; those that have begun complete, and are accepted.
  void last_call();
  /// [home] Accepts what already waits in the queue, unless others do, then closes.
  void close(bool others_accept);

 private:
  void on_events(std::uint32_t events) override;
  void on_deadline() override;
  bool accept_one();
  void turn_away();

  UniqueFd socket_;
  ServingLoop& serving_;
  loop::Poller::Token token_;
  int at_once_ = 1;
  UniqueFd reserve_;  // given up for a moment to tell a newcomer that there is no room
};

}  // namespace appserve::net
