#include "runtime/orders.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>

#include "net/bound_socket.hpp"

using namespace appserve;
using namespace std::chrono_literals;
using supervisor::Channel;

namespace {

struct Nobody : service::Service {
  void call(service::Request&, service::ResponseWriter& response) noexcept override { response.release(); }
};

// A worker without apps; the test is its supervisor.
struct Worker {
  std::pair<Channel, Channel> ends = *Channel::pair();
  std::promise<void> draining, ended;
  std::atomic<int> reopened = 0;
  std::thread thread{[this] { serve(); }};

  Worker() { REQUIRE(expect<supervisor::Ready>()); }
  ~Worker() {
    ends.first = {};
    thread.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void serve() {
    const runtime::ServerOptions options{.grace = 60s, .stop_signals = {}};
    runtime::LoopPool loops(1);
    Nobody service;
    const std::vector<app::PluginApp*> apps;
    Log log(Log::Level::error);
    service::Journal journal;
    runtime::Server server(options, loops, service, apps, {&journal}, log);
    const auto orders = std::make_shared<runtime::Orders>(server, ends.second, [this] { ++reopened; });
    server.run({.ready =
                    [&] {
                      ends.second.send(supervisor::Ready{});
                      orders->listen();
                    },
                .draining = [this](bool) { draining.set_value(); }});
    ended.set_value();
  }
  template <class Kind>
  bool expect() {
    ends.first.wait();
    return std::holds_alternative<Kind>(ends.first.receive().message);
  }
  bool has_ended() { return ended.get_future().wait_for(20s) == std::future_status::ready; }
};

}  // namespace

TEST_CASE("a worker accepts from the sockets it is given, and ends when it is told to drain") {
  Worker worker;
  Errors notes;
  auto bound = std::move(*net::BoundSocket::bind({.host = "127.0.0.1"}, 1, notes));
  REQUIRE(bound.front().listen(1));
  {
    const std::vector<UniqueFd> sockets = bound.front().take();
    const int fd = sockets.front().get();
    REQUIRE(worker.ends.first.send(supervisor::Take{{{1, 0, false}}}, {&fd, 1}));
  }
  REQUIRE(worker.ends.first.send(supervisor::Reopen{}));
  REQUIRE(worker.ends.first.send(supervisor::Drain{}));
  CHECK(worker.has_ended());
  CHECK(worker.reopened == 1);
}

TEST_CASE("when the supervisor is gone, the worker finishes and ends") {
  Worker worker;
  worker.ends.first = {};
  CHECK(worker.draining.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(worker.has_ended());
}

TEST_CASE("a worker that is told to cut does not wait") {
  Worker worker;
  REQUIRE(worker.ends.first.send(supervisor::Drain{60s}));
  REQUIRE(worker.ends.first.send(supervisor::Cut{}));
  CHECK(worker.has_ended());
}
