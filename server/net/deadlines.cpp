#include "net/deadlines.hpp"

#include <algorithm>

namespace appserve::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kLinger = 2s;                      // for the client to read a last answer (RFC 9112 9.6)
constexpr auto kHalfCloseGrace = 800ms;           // for the answer to a client that sends no more and may have left
constexpr auto kIdleDrain = 250ms;                // for a request that is on its way to a connection about to end
constexpr auto kIdleSucceeded = 5s;               // the same where nobody is in a hurry: most clients come back in time
constexpr auto kBodyGrace = 5s;                   // before the body's rate is judged
constexpr std::uint64_t kAgesAhead = 30'000'000;  // seconds: as good as ever, and far from overflowing a time

}  // namespace

void Deadlines::request_began(Time now) {
  since_ = body_since_ = now;
  body_bytes_ = 0;
}

void Deadlines::body_arrived(std::uint64_t bytes, Time now) {
  since_ = now;
  body_bytes_ += bytes;
}

void Deadlines::body_wanted(Time now) {
  since_ = body_since_ = now;
  body_bytes_ = 0;
}

Deadlines::Next Deadlines::next(const Situation& now, const Timeouts& limits) const {
  if (now.lingering) return {Wait::linger, since_ + kLinger};
  if (now.sending) return {Wait::write, sent_ + limits.write};
  const Next body{Wait::body, now.body_wanted ? body_due(limits) : Time::max()};
  if (!now.in_request) {
    if (!now.body_done) return body;
    if (now.head_begun) return {Wait::head, since_ + limits.head};
    return {Wait::idle, idle_due(now, limits)};
  }
  const bool may_have_left = now.half_closed && now.body_done;
  return std::min({Next{Wait::gone, may_have_left ? std::max(since_, sent_) + kHalfCloseGrace : Time::max()}, body,
                   Next{Wait::request, now.answering ? Time::max() : since_ + limits.request}},
                  [](const Next& a, const Next& b) { return a.at < b.at; });
}

Time Deadlines::idle_due(const Situation& now, const Timeouts& limits) const {
  if (now.draining) return since_ + (now.succeeded ? Duration(kIdleSucceeded) : Duration(kIdleDrain));
  return since_ + (served() ? limits.keep_alive : limits.head);
}

// A body is judged by its average rate and by its longest silence.
Time Deadlines::body_due(const Timeouts& limits) const {
  const Time silent = since_ + limits.body;
  if (limits.body_min_rate == 0) return silent;
  const std::uint64_t earned = std::min(body_bytes_ / limits.body_min_rate, kAgesAhead);
  return std::min<Time>(silent, body_since_ + kBodyGrace + std::chrono::seconds(earned));
}

}  // namespace appserve::net
