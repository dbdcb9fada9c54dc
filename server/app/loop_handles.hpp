// The objects behind as_op and as_fd, the ABI's handles of a timer and of a watched descriptor.
#pragma once
#include <appserve/abi.h>

#include <array>
#include <asio/steady_timer.hpp>
#include <cstdint>

#include "base/unique_fd.hpp"
#include "loop/event_loop.hpp"
#include "loop/poller.hpp"
#include "trace/activity.hpp"

struct as_op {
  as_op(as_ctx& owner, appserve::loop::EventLoop& loop) : ctx(&owner), home(&loop), timer(loop.context()) {}

  as_ctx* ctx;
  appserve::loop::EventLoop* home;
  asio::steady_timer timer;
  as_done fn = nullptr;  // null: not pending
  void* arg = nullptr;
  appserve::trace::Remembered request;
  std::uint64_t round = 0;  // which use of this object: an old expiry must not end a new timer
  as_op* next_free = nullptr;
};

// Its own descriptor (a dup): so the plugin may close its one too early, and open the same one twice.
struct as_fd final : appserve::loop::Watcher {
  as_fd(as_ctx& owner, appserve::loop::EventLoop& loop) : ctx(&owner), home(&loop) {}

  struct Wait {
    std::int32_t events = 0;
    as_done fn = nullptr;  // null: nobody waits
    void* arg = nullptr;
    appserve::trace::Remembered request;
  };

  as_ctx* ctx;
  appserve::loop::EventLoop* home;
  appserve::UniqueFd fd;
  appserve::loop::Poller::Token token = 0;
  bool watched = false;    // in the poller
  std::int32_t armed = 0;  // for these events
  std::array<Wait, 2> waits{};
  bool open = false;
  as_fd* next_free = nullptr;

  void on_events(std::uint32_t ready) override;
  /// A wait that is over, and nothing's any more.
  void tell(const Wait& ended, std::int32_t status);
  /// Watches at least for what somebody waits for; nothing when nobody does. False when the kernel refuses.
  bool rearm();
  void unwatch();
};
