// Where a chain of coroutines runs and whether it should go on: host, loop, cancellation. Travels through promises.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/base.hpp>

namespace appserve {
inline namespace v1 {

/// One of the server's loops, which is one thread, as an app instance sees it. What is started on it calls back there.
struct Loop {
  const as_host* host;
  as_ctx* ctx;
  as_loop* loop;
};

namespace detail {

/// A pending wait that can be cut short. Linked into its scope while it waits. [home]
class Wait {
 public:
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

 protected:
  Wait() = default;
  ~Wait() { unlink(); }
  /// Makes the wait end soon. Must not resume anything before it returns.
  virtual void cut() noexcept = 0;

  void unlink() noexcept {
    if (prev_) prev_->next_ = next_;
    if (next_) next_->prev_ = prev_;
    prev_ = next_ = nullptr;
  }

 private:
  friend class Scope;
  Wait* prev_ = nullptr;
  Wait* next_ = nullptr;
};

/// One per request or background task, and one per timeout inside. [home]
class Scope final : private Wait {
 public:
  Scope(const as_host* host_table, as_ctx* app, as_loop* home) noexcept : host(host_table), ctx(app), loop(home) {}
  explicit Scope(const Loop& home) noexcept : Scope(home.host, home.ctx, home.loop) {}
  explicit Scope(Scope& parent) noexcept : Scope(parent.host, parent.ctx, parent.loop) { follow(parent); }

  /// From now on cancelled together with `parent`, of the same loop.
  void follow(Scope& parent) noexcept {
    if (parent.cancelled_)
      cancel();
    else
      parent.add(*this);
  }

  bool cancelled() const noexcept { return cancelled_; }

  /// From now on every wait in this scope ends with Cancelled. Idempotent; resumes nothing before it returns.
  void cancel() noexcept {
    if (std::exchange(cancelled_, true)) return;
    while (Wait* w = first_.next_) {
      w->unlink();
      w->cut();
    }
  }

  void add(Wait& w) noexcept {
    w.prev_ = &first_;
    w.next_ = first_.next_;
    if (first_.next_) first_.next_->prev_ = &w;
    first_.next_ = &w;
  }

  const as_host* const host;
  as_ctx* const ctx;
  as_loop* const loop;

 private:
  struct Head final : Wait {
    void cut() noexcept override {}
  };
  void cut() noexcept override { cancel(); }

  Head first_;
  bool cancelled_ = false;
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
