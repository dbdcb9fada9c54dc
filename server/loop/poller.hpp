// A level-triggered epoll set. Watches are named by tokens, so that an event for a descriptor that was removed in the
// same turn reaches nobody: safe by construction.
#pragma once
#include <sys/epoll.h>

#include <cstdint>
#include <vector>

#include "base/unique_fd.hpp"

namespace appserve::loop {

class Watcher {
 public:
  /// [home] `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR as epoll reports them.
  virtual void on_events(std::uint32_t events) = 0;

 protected:
  ~Watcher() = default;
};

class Poller {
 public:
  using Token = std::uint64_t;

  Poller();

  /// Watches `fd` for `events`. Throws std::system_error when the kernel refuses (descriptors, memory).
  Token add(int fd, std::uint32_t events, Watcher& watcher);
  void modify(Token token, int fd, std::uint32_t events);
  /// Before the descriptor is closed. Events already collected in this turn are dropped.
  void remove(Token token, int fd);

  /// Delivers what is ready now; never waits. Returns the number of events delivered.
  int poll();
  /// The epoll set itself; readable when something is ready.
  int fd() const { return epoll_.get(); }

 private:
  struct Slot {
    Watcher* watcher = nullptr;
    std::uint32_t generation = 0;
  };
  UniqueFd epoll_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace appserve::loop
