// appserve/descriptor.hpp - wait for a file descriptor on the loop: the ground for clients of other systems.
//
//   Task<std::string> ask(int fd) {                       // a non-blocking socket of ours
//     Descriptor watched(co_await this_loop(), fd);
//     co_await watched.readable();                        // true: read() will not block now
//     ...
//   }
//
// The descriptor stays the author's: the Descriptor dies (or close()s) before close(2).
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/app.hpp>

namespace appserve {
inline namespace v1 {

/// A descriptor the host can wait for (sockets, pipes, eventfds; regular files are refused). [home]
class Descriptor {
 public:
  Descriptor(const Loop& loop, int fd) noexcept : loop_(loop), fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  class Ready;
  /// `co_await d.readable()`: something to read, an end, or an error. One wait for reading and one for writing may run
  /// at once. Throws std::runtime_error when the host cannot watch it.
  Ready readable() noexcept;
  Ready writable() noexcept;

  /// Ends the watch. Waits that are still pending end with Cancelled.
  void close() noexcept {
    closed_ = true;
    drop();
  }

 private:
  std::int32_t wait(std::int32_t events, as_done fn, void* arg) noexcept {
    if (closed_) return AS_ECANCELED;
    if (!watch_)
      if (const auto status = loop_.host->fd_open(loop_.ctx, loop_.loop, fd_, &watch_); status < 0) return status;
    return loop_.host->fd_wait(watch_, events, fn, arg);
  }
  void drop() noexcept {
    if (as_fd* watch = std::exchange(watch_, nullptr)) loop_.host->fd_close(watch);
  }

  Loop loop_;
  int fd_;
  as_fd* watch_ = nullptr;
  bool closed_ = false;
};

class Descriptor::Ready final : detail::Wait {
 public:
  Ready(Descriptor& descriptor, std::int32_t events) noexcept : descriptor_(descriptor), events_(events) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    detail::Scope& scope = detail::scope_of(h);
    if (scope.cancelled()) return (status_ = AS_ECANCELED, false);
    waiting_ = h;
    status_ = descriptor_.wait(events_, &done, this);
    if (status_ != AS_PENDING) return false;
    scope.add(*this);
    return true;
  }
  void await_resume() const {
    if (status_ == AS_ECANCELED) throw Cancelled();
    if (status_ < 0) throw std::runtime_error("the server cannot watch this descriptor");
  }

 private:
  static void done(void* self, std::int32_t status) noexcept {
    auto* wait = static_cast<Ready*>(self);
    // Cutting one wait drops the watch, and with it the other wait: that one goes on with a new watch.
    if (status == AS_ECANCELED && !wait->cut_)
      if (status = wait->descriptor_.wait(wait->events_, &done, self); status == AS_PENDING) return;
    wait->unlink();
    wait->status_ = status;
    wait->waiting_.resume();
  }
  void cut() noexcept override {
    cut_ = true;
    descriptor_.drop();
  }

  Descriptor& descriptor_;
  std::int32_t events_;
  std::coroutine_handle<> waiting_;
  std::int32_t status_ = AS_OK;
  bool cut_ = false;
};

inline Descriptor::Ready Descriptor::readable() noexcept { return Ready(*this, 1); }
inline Descriptor::Ready Descriptor::writable() noexcept { return Ready(*this, 2); }

}  // namespace v1
}  // namespace appserve
