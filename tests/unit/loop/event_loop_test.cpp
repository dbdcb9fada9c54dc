#include "loop/event_loop.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <asio/post.hpp>
#include <thread>
#include <vector>

#include "loop/blocking_pool.hpp"

using namespace appserve;
using loop::EventLoop;

TEST_CASE("post runs on the loop's thread, in order, and never inside the call") {
  EventLoop loop(0);
  struct Record {
    EventLoop* loop;
    std::vector<int> order;
    bool home = true;
  } record{&loop, {}};
  static constexpr auto note = [](void* arg) {
    auto& r = *static_cast<Record*>(arg);
    r.home = r.home && r.loop->is_home();
    r.order.push_back(static_cast<int>(r.order.size()));
    if (r.order.size() == 3) r.loop->stop();
  };
  for (int i = 0; i < 3; ++i) loop.post(note, &record);
  CHECK(record.order.empty());
  CHECK_FALSE(loop.is_home());
  loop.run();
  CHECK(record.order.size() == 3);
  CHECK(record.home);
}

TEST_CASE("a socket watched through the poller wakes the loop, and its deadline rings without further events") {
  EventLoop loop(0);
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
  UniqueFd near(fds[0]), far(fds[1]);
  struct Session final : loop::Watcher, loop::Deadline {
    EventLoop& loop;
    int events = 0, rang = 0;
    int fd;
    Session(EventLoop& l, int f) : loop(l), fd(f) {}
    void on_events(std::uint32_t) override {
      char c;
      CHECK(::read(fd, &c, 1) == 1);
      ++events;
      loop.wheel().arm(*this, loop.now() + std::chrono::milliseconds(1));
    }
    void on_deadline() override {
      ++rang;
      loop.stop();
    }
  } session(loop, near.get());
  loop.poller().add(near.get(), EPOLLIN, session);
  std::thread writer([&] { CHECK(::write(far.get(), "x", 1) == 1); });
  loop.run();
  writer.join();
  CHECK(session.events == 1);
  CHECK(session.rang == 1);
}

TEST_CASE("blocking work runs off the loop and its end is told on the loop, after the work has returned") {
  EventLoop loop(0);
  loop::BlockingPool pool(2);
  struct Job {
    EventLoop* loop;
    std::thread::id worker, home;
  } job{&loop, {}, {}};
  pool.submit(
      loop, [](void* arg) { static_cast<Job*>(arg)->worker = std::this_thread::get_id(); },
      [](void* arg) {
        auto& j = *static_cast<Job*>(arg);
        j.home = std::this_thread::get_id();
        j.loop->stop();
      },
      &job);
  loop.run();
  CHECK(job.home == std::this_thread::get_id());
  CHECK(job.worker != job.home);
}
