#include "net/deadlines.hpp"

#include <doctest/doctest.h>

using namespace appserve;
using namespace std::chrono_literals;
using net::Deadlines;
using net::Situation;
using net::Timeouts;
using net::Wait;

namespace {

constexpr Time kStart{1000s};
constexpr Timeouts kLimits;

// The wait that ends at exactly `after`, and not a tick of the clock before.
struct Ends {
  Wait wait;
  Duration after;
};

void check(const Deadlines& deadlines, const Situation& situation, Ends expected, const Timeouts& limits = kLimits) {
  const auto next = deadlines.next(situation, limits);
  CHECK(next.wait == expected.wait);
  CHECK(next.at - 1ns < kStart + expected.after);
  CHECK(next.at == kStart + expected.after);
  CHECK(next.at + 1ns > kStart + expected.after);
}

}  // namespace

TEST_CASE("a new connection has as long for its first byte as a head may take") {
  check(Deadlines(kStart), {}, {Wait::idle, kLimits.head});
}

TEST_CASE("a head's time runs from its first byte and later bytes do not move it") {
  Deadlines deadlines(kStart);
  deadlines.began(kStart + 3s);
  check(deadlines, {.head_begun = true}, {Wait::head, 3s + kLimits.head});
}

TEST_CASE("a served connection may idle for the keep-alive time, and shortly when the server stops") {
  Deadlines deadlines(kStart);
  deadlines.request_began(kStart + 1s);
  deadlines.began(kStart + 2s);
  check(deadlines, {}, {Wait::idle, 2s + kLimits.keep_alive});
  check(deadlines, {.draining = true}, {Wait::idle, 2s + 250ms});
  check(deadlines, {.draining = true, .succeeded = true}, {Wait::idle, 2s + 5s});
}

TEST_CASE("a handler has the request time until its response begins") {
  Deadlines deadlines(kStart);
  deadlines.request_began(kStart);
  check(deadlines, {.in_request = true}, {Wait::request, kLimits.request});
  CHECK(deadlines.next({.in_request = true, .answering = true}, kLimits).at == Time::max());
}

TEST_CASE("a body is late when its average rate is below the minimum, after a grace") {
  Deadlines deadlines(kStart);
  const Situation reading{.in_request = true, .body_done = false, .body_wanted = true};
  deadlines.request_began(kStart);
  check(deadlines, reading, {Wait::body, 5s});
  deadlines.body_arrived(kLimits.body_min_rate - 1, kStart);
  check(deadlines, reading, {Wait::body, 5s});
  deadlines.body_arrived(1, kStart);
  check(deadlines, reading, {Wait::body, 6s});
  deadlines.body_arrived(1, kStart);
  check(deadlines, reading, {Wait::body, 6s});
}

TEST_CASE("a body may not be silent for long, whatever its rate was, and also without a minimum rate") {
  Deadlines deadlines(kStart);
  const Situation reading{.in_request = true, .body_done = false, .body_wanted = true};
  deadlines.request_began(kStart);
  deadlines.body_arrived(10'000'000, kStart + 1s);
  check(deadlines, reading, {Wait::body, 1s + kLimits.body});
  Timeouts no_rate;
  no_rate.body_min_rate = 0;
  check(deadlines, reading, {Wait::body, 1s + kLimits.body}, no_rate);
}

TEST_CASE("a body of any size that comes fast enough is not late") {
  Timeouts slowest;
  slowest.body_min_rate = 1;
  for (const std::uint64_t size : {std::uint64_t{10} << 30, std::uint64_t{1} << 40, UINT64_MAX}) {
    Deadlines deadlines(kStart);
    deadlines.request_began(kStart);
    deadlines.body_arrived(size, kStart + 1s);
    check(deadlines, {.in_request = true, .body_done = false, .body_wanted = true}, {Wait::body, 1s + kLimits.body},
          slowest);
  }
}

TEST_CASE("a body the app does not take is not late, its handler may be") {
  Deadlines deadlines(kStart);
  deadlines.request_began(kStart);
  check(deadlines, {.in_request = true, .body_done = false}, {Wait::request, kLimits.request});
}

TEST_CASE("a body that was held back by the app is judged anew when it may go on") {
  Deadlines deadlines(kStart);
  deadlines.request_began(kStart);
  deadlines.body_arrived(kLimits.body_min_rate, kStart);
  deadlines.body_wanted(kStart + 100s);
  check(deadlines, {.in_request = true, .body_done = false, .body_wanted = true}, {Wait::body, 105s});
}

TEST_CASE("what is left of a body after its answer is judged like any body") {
  Deadlines deadlines(kStart);
  deadlines.request_began(kStart);
  deadlines.began(kStart + 1s);
  check(deadlines, {.body_done = false, .body_wanted = true}, {Wait::body, 5s});
}

TEST_CASE("a client that takes nothing of its answer is given up, and each byte starts the time anew") {
  Deadlines deadlines(kStart);
  deadlines.request_began(kStart);
  deadlines.sent(kStart + 1s);
  const Situation stalled{.sending = true, .in_request = true, .answering = true};
  check(deadlines, stalled, {Wait::write, 1s + kLimits.write});
  deadlines.sent(kStart + 2s);
  check(deadlines, stalled, {Wait::write, 2s + kLimits.write});
}

TEST_CASE("a client that closed its side and is sent nothing may have left") {
  Deadlines deadlines(kStart);
  deadlines.request_began(kStart);
  const Situation streaming{.in_request = true, .answering = true, .half_closed = true};
  check(deadlines, streaming, {Wait::gone, 800ms});
  deadlines.sent(kStart + 1s);
  check(deadlines, streaming, {Wait::gone, 1800ms});
  check(deadlines, {.in_request = true, .body_done = false, .body_wanted = true, .half_closed = true},
        {Wait::body, 5s});
}

TEST_CASE("a last answer can be read for two seconds") {
  Deadlines deadlines(kStart);
  deadlines.began(kStart + 1s);
  check(deadlines, {.lingering = true}, {Wait::linger, 3s});
}
