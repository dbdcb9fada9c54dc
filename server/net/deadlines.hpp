// Which of a connection's waits ends next, and when. Pure: the time and what the connection is doing come in.
#pragma once
#include <cstdint>

#include "base/clock.hpp"
#include "net/timeouts.hpp"

namespace appserve::net {

/// What a connection is doing, as far as waiting is concerned.
struct Situation {
  bool lingering = false;    // the last answer is sent, the client may still read it
  bool sending = false;      // the socket does not take more for now
  bool in_request = false;   // a request is with its handler, or being answered
  bool answering = false;    // its response has begun
  bool body_done = true;     // all of its content has come
  bool body_wanted = false;  // more content would be taken, and the client knows
  bool head_begun = false;   // bytes of a next head are here
  bool half_closed = false;  // the client sends no more, and its handler was not told yet
  bool draining = false;     // this process stops serving
  bool succeeded = false;    // and another one accepts in its place
};

enum class Wait : unsigned char { linger, write, idle, head, body, gone, request };

class Deadlines {
 public:
  explicit Deadlines(Time now) : since_(now) {}

  // ---- what happened ----
  /// A wait began that has no name of its own here: idle, a head, half-closed, lingering.
  void began(Time now) { since_ = now; }
  void request_began(Time now);
  void body_arrived(std::uint64_t bytes, Time now);
  /// Content was held back by this side and is wanted from now on: the client is judged anew.
  void body_wanted(Time now);
  /// The socket took bytes, or began not to.
  void sent(Time now) { sent_ = now; }
  std::uint64_t body_bytes() const { return body_bytes_; }
  /// When the current wait began.
  Time since() const { return since_; }
  bool served() const { return body_since_ != Time{}; }  // at least one request

  struct Next {
    Wait wait = Wait::idle;
    Time at = Time::max();  // max: nothing to wait for
  };
  Next next(const Situation& now, const Timeouts& limits) const;

 private:
  Time body_due(const Timeouts& limits) const;
  Time idle_due(const Situation& now, const Timeouts& limits) const;

  Time since_;                    // the current wait began
  Time sent_{};                   // the socket last took a byte of what waits
  Time body_since_{};             // the current body began, or could go on; never yet: no request did
  std::uint64_t body_bytes_ = 0;  // of it since then
};

}  // namespace appserve::net
