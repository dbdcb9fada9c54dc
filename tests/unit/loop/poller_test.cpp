#include "loop/poller.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <functional>

using namespace appserve;
using loop::Poller;

namespace {

struct Probe final : loop::Watcher {
  int calls = 0;
  std::uint32_t last = 0;
  std::function<void()> then;
  void on_events(std::uint32_t events) override {
    ++calls;
    last = events;
    if (then) then();
  }
};

struct Pair {
  std::array<UniqueFd, 2> end;
  Pair() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    end = {UniqueFd(fds[0]), UniqueFd(fds[1])};
  }
  void send() { REQUIRE(::write(end[1].get(), "x", 1) == 1); }
};

}  // namespace

TEST_CASE("readiness is told as long as it lasts") {
  Poller poller;
  Pair pair;
  Probe probe;
  poller.add(pair.end[0].get(), EPOLLIN, probe);
  CHECK(poller.poll() == 0);
  pair.send();
  poller.poll();
  poller.poll();
  CHECK(probe.calls == 2);
  CHECK((probe.last & EPOLLIN) != 0);
}

TEST_CASE("modify changes what is told") {
  Poller poller;
  Pair pair;
  Probe probe;
  const auto token = poller.add(pair.end[0].get(), 0, probe);
  pair.send();
  CHECK(poller.poll() == 0);
  poller.modify(token, pair.end[0].get(), EPOLLIN | EPOLLOUT);
  CHECK(poller.poll() == 1);
  CHECK(probe.last == (EPOLLIN | EPOLLOUT));
}

TEST_CASE("an event of a watch that was removed in the same turn reaches nobody, not even its slot's next owner") {
  Poller poller;
  Pair a, b, c;
  Probe first, second, newcomer;
  const auto ta = poller.add(a.end[0].get(), EPOLLIN, first);
  const auto tb = poller.add(b.end[0].get(), EPOLLIN, second);
  const auto kill_other = [&](Poller::Token token, const Pair& pair) {
    poller.remove(token, pair.end[0].get());
    poller.add(c.end[0].get(), EPOLLIN, newcomer);
  };
  first.then = [&] { kill_other(tb, b); };
  second.then = [&] { kill_other(ta, a); };
  a.send();
  b.send();
  poller.poll();
  CHECK(first.calls + second.calls == 1);
  CHECK(newcomer.calls == 0);
}
