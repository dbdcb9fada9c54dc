// Waiting for descriptors: a pipe and a socket pair of the test's own.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <appserve/descriptor.hpp>
#include <appserve/test.hpp>

using namespace appserve;

namespace {

struct Pair {
  int here = -1, there = -1;
  Pair() {
    int both[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both) == 0);
    here = both[0];
    there = both[1];
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    ::close(here);
    ::close(there);
  }
};

Task<> until_readable(Descriptor& d) { co_await d.readable(); }

}  // namespace

TEST_CASE("a descriptor becomes readable and writable") {
  const Pair pair;
  TestClient c([](App&) {}, {.patience = 2s});
  c.run([](const Pair& p) -> Task<> {
    Descriptor d(co_await this_loop(), p.here);
    co_await d.writable();
    CHECK(::send(p.there, "x", 1, 0) == 1);
    co_await d.readable();
    char byte = 0;
    CHECK(::recv(p.here, &byte, 1, 0) == 1);
    CHECK(byte == 'x');
  }(pair));
}

TEST_CASE("a wait that is cut short leaves the other wait alone") {
  const Pair pair;
  TestClient c([](App&) {}, {.patience = 2s});
  c.run([](const Pair& p) -> Task<> {
    Descriptor d(co_await this_loop(), p.here);
    char full[4096] = {};
    while (::send(p.here, full, sizeof full, 0) > 0) {
    }
    auto writer = [](Descriptor& out, const Pair& ends) -> Task<> {
      co_await out.writable();  // after the reader was cut
      CHECK(::send(ends.here, "y", 1, 0) == 1);
    };
    auto reader = [](Descriptor& in, const Pair& ends) -> Task<> {
      const bool came = co_await within(10ms, until_readable(in));
      CHECK_FALSE(came);
      char drained[65536];
      while (::recv(ends.there, drained, sizeof drained, 0) > 0) {
      }
    };
    co_await when_all(writer(d, p), reader(d, p));
  }(pair));
}

TEST_CASE("a client that leaves ends the wait, and a closed peer is readable") {
  Pair pair;
  TestClient c([&](App& app) {
    app.get("/", [&]() -> Task<std::string> {
      Descriptor d(co_await this_loop(), pair.here);
      co_await d.readable();
      co_return "woke";
    });
  });
  auto call = c.start({});
  CHECK(call.pending());
  c.disconnect(call);
  CHECK_FALSE(call.pending());
  auto again = c.start({});
  ::shutdown(pair.there, SHUT_RDWR);
  c.settle();
  CHECK(again.body() == "woke");
}

TEST_CASE("what cannot be watched is an exception") {
  TestClient c([](App&) {});
  CHECK_THROWS_AS(c.run([]() -> Task<> {
    Descriptor d(co_await this_loop(), -1);
    co_await d.readable();
  }()),
                  std::runtime_error);
}
