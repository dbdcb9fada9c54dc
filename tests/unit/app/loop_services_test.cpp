#include "app/loop_services.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <string>
#include <thread>

#include "app/host_services.hpp"
#include "app/instance.hpp"
#include "unit/app/fakes.hpp"
#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

const as_host& host = host_table();

// A callback that a test can wait for.
struct Told {
  std::promise<std::int32_t> promise;
  std::future<std::int32_t> future = promise.get_future();
  int times = 0;

  static void done(void* arg, std::int32_t status) {
    auto& told = *static_cast<Told*>(arg);
    if (++told.times == 1) told.promise.set_value(status);
  }
  std::int32_t wait() { return future.get(); }
};

struct Stage {
  RunningLoop running;
  loop::BlockingPool pool{2};
  as_ctx ctx;
  as_loop* loop = as_ctx::handle_of(&running.loop);

  Stage() {
    ctx.label = "test";
    ctx.loops = {&running.loop};
    ctx.pool = &pool;
    ctx.shares = std::vector<LoopShare>(1);
  }
  ~Stage() {
    pool.join();
    running.stop();
  }
  void run(std::function<void()> work) { running.run(std::move(work)); }
};

struct SocketPair {
  std::array<UniqueFd, 2> ends;
  SocketPair() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    ends[0].reset(fds[0]);
    ends[1].reset(fds[1]);
  }
  void send() const { REQUIRE(::write(ends[1].get(), "x", 1) == 1); }
  void receive() const {
    char c = 0;
    REQUIRE(::read(ends[0].get(), &c, 1) == 1);
  }
};

}  // namespace

TEST_CASE("loops are counted and found by index") {
  Stage stage;
  CHECK(host.loop_count(&stage.ctx) == 1);
  CHECK(host.loop_at(&stage.ctx, 0) == stage.loop);
  CHECK(host.loop_at(&stage.ctx, 1) == nullptr);
  CHECK(host.loop_count(nullptr) == 0);
}

TEST_CASE("posted work runs on the loop, from any thread") {
  Stage stage;
  std::promise<std::thread::id> ran;
  CHECK(host.post(
            &stage.ctx, stage.loop,
            [](void* arg) { static_cast<std::promise<std::thread::id>*>(arg)->set_value(std::this_thread::get_id()); },
            &ran) == AS_OK);
  std::thread::id home;
  stage.run([&] { home = std::this_thread::get_id(); });
  CHECK(ran.get_future().get() == home);
  CHECK(host.post(&stage.ctx, nullptr, [](void*) {}, nullptr) == AS_EINVAL);
  CHECK(host.post(&stage.ctx, stage.loop, nullptr, nullptr) == AS_EINVAL);
}

TEST_CASE("a timer calls back once, later, with AS_OK") {
  Stage stage;
  Told told;
  stage.run([&] {
    CHECK(host.timer(&stage.ctx, stage.loop, 1000, Told::done, &told, nullptr) == AS_PENDING);
    CHECK(told.times == 0);
  });
  CHECK(told.wait() == AS_OK);
  stage.run([&] { CHECK(told.times == 1); });
}

TEST_CASE("a cancelled timer calls back all the same, later, with AS_ECANCELED") {
  Stage stage;
  Told told;
  stage.run([&] {
    as_op* op = nullptr;
    CHECK(host.timer(&stage.ctx, stage.loop, ~std::uint64_t{0}, Told::done, &told, &op) == AS_PENDING);
    REQUIRE(op != nullptr);
    host.timer_cancel(op);
    CHECK(told.times == 0);
    host.timer_cancel(op);
  });
  CHECK(told.wait() == AS_ECANCELED);
}

TEST_CASE("cancelling a timer that has called back does nothing") {
  Stage stage;
  Told told;
  as_op* op = nullptr;
  stage.run([&] { host.timer(&stage.ctx, stage.loop, 0, Told::done, &told, &op); });
  CHECK(told.wait() == AS_OK);
  stage.run([&] { host.timer_cancel(op); });
  stage.run([&] { CHECK(told.times == 1); });
  host.timer_cancel(nullptr);
}

TEST_CASE("many timers, each its own") {
  Stage stage;
  std::vector<Told> told(200);
  stage.run([&] {
    for (std::size_t i = 0; i < told.size(); ++i)
      CHECK(host.timer(&stage.ctx, stage.loop, i % 7 * 1000, Told::done, &told[i], nullptr) == AS_PENDING);
  });
  for (Told& one : told) CHECK(one.wait() == AS_OK);
  stage.run([&] {
    for (const Told& one : told) CHECK(one.times == 1);
  });
}

TEST_CASE("loop functions on another thread are misuse") {
  Stage stage;
  as_fd* fd = nullptr;
  CHECK(host.timer(&stage.ctx, stage.loop, 0, Told::done, nullptr, nullptr) == AS_ESTATE);
  CHECK(host.fd_open(&stage.ctx, stage.loop, 0, &fd) == AS_ESTATE);
}

TEST_CASE("a descriptor tells when it can be read, again and again") {
  Stage stage;
  const SocketPair pair;
  as_fd* fd = nullptr;
  stage.run([&] { CHECK(host.fd_open(&stage.ctx, stage.loop, pair.ends[0].get(), &fd) == AS_OK); });
  for (int round = 0; round < 3; ++round) {
    Told told;
    stage.run([&] { CHECK(host.fd_wait(fd, 1, Told::done, &told) == AS_PENDING); });
    pair.send();
    CHECK(told.wait() == AS_OK);
    pair.receive();
  }
  CHECK((::fcntl(pair.ends[0].get(), F_GETFL) & O_NONBLOCK) == 0);  // the plugin's descriptor is as it was
  stage.run([&] { host.fd_close(fd); });
}

TEST_CASE("reading and writing are waited for apart") {
  Stage stage;
  const SocketPair pair;
  Told readable, writable;
  as_fd* fd = nullptr;
  stage.run([&] {
    host.fd_open(&stage.ctx, stage.loop, pair.ends[0].get(), &fd);
    CHECK(host.fd_wait(fd, 1, Told::done, &readable) == AS_PENDING);
    CHECK(host.fd_wait(fd, 2, Told::done, &writable) == AS_PENDING);
    CHECK(host.fd_wait(fd, 1, Told::done, &readable) == AS_ESTATE);
    CHECK(host.fd_wait(fd, 3, Told::done, &readable) == AS_ESTATE);
  });
  CHECK(writable.wait() == AS_OK);
  stage.run([&] { CHECK(readable.times == 0); });
  pair.send();
  CHECK(readable.wait() == AS_OK);
  stage.run([&] { host.fd_close(fd); });
}

TEST_CASE("closing a watched descriptor ends its waits with AS_ECANCELED, later") {
  Stage stage;
  const SocketPair pair;
  Told told;
  as_fd* fd = nullptr;
  stage.run([&] {
    host.fd_open(&stage.ctx, stage.loop, pair.ends[0].get(), &fd);
    host.fd_wait(fd, 1, Told::done, &told);
    host.fd_close(fd);
    CHECK(told.times == 0);
    CHECK(host.fd_wait(fd, 1, Told::done, &told) == AS_ESTATE);
    host.fd_close(fd);
  });
  CHECK(told.wait() == AS_ECANCELED);
}

TEST_CASE("a peer that hangs up wakes the waiter, and does not spin the loop when nobody waits") {
  Stage stage;
  SocketPair pair;
  Told told;
  as_fd* fd = nullptr;
  stage.run([&] {
    host.fd_open(&stage.ctx, stage.loop, pair.ends[0].get(), &fd);
    host.fd_wait(fd, 1, Told::done, &told);
  });
  pair.ends[1].reset();
  CHECK(told.wait() == AS_OK);
  for (int i = 0; i < 3; ++i) stage.run([] {});
  stage.run([&] {
    CHECK_FALSE(fd->watched);
    host.fd_close(fd);
  });
}

TEST_CASE("a plugin that closes its descriptor too early harms nobody") {
  Stage stage;
  Told told;
  as_fd* fd = nullptr;
  {
    const SocketPair pair;
    stage.run([&] {
      host.fd_open(&stage.ctx, stage.loop, pair.ends[0].get(), &fd);
      host.fd_wait(fd, 1, Told::done, &told);
    });
  }
  CHECK(told.wait() == AS_OK);
  stage.run([&] { host.fd_close(fd); });
}

TEST_CASE("the same descriptor may be watched twice; regular files cannot be, and bad numbers are refused") {
  Stage stage;
  const SocketPair pair;
  const Folder folder;
  write_bytes(folder / "file", "x");
  const UniqueFd file(::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC));
  Told told;
  stage.run([&] {
    as_fd *one = nullptr, *two = nullptr, *three = nullptr;
    CHECK(host.fd_open(&stage.ctx, stage.loop, pair.ends[0].get(), &one) == AS_OK);
    CHECK(host.fd_open(&stage.ctx, stage.loop, pair.ends[0].get(), &two) == AS_OK);
    CHECK(host.fd_open(&stage.ctx, stage.loop, file.get(), &three) == AS_OK);
    CHECK(host.fd_wait(three, 1, Told::done, &told) == AS_EINVAL);
    for (as_fd* fd : {one, two, three}) host.fd_close(fd);
    CHECK(host.fd_open(&stage.ctx, stage.loop, 1'000'000, &one) == AS_EINVAL);
    CHECK(host.fd_wait(nullptr, 1, Told::done, &told) == AS_EINVAL);
    CHECK(host.fd_wait(two, 0, Told::done, &told) == AS_EINVAL);
    CHECK(host.fd_wait(two, 4, Told::done, &told) == AS_EINVAL);
  });
}

TEST_CASE("blocking work runs on the pool, and is done on the loop") {
  Stage stage;
  struct Work {
    std::thread::id worked, done;
    std::promise<std::int32_t> promise;
  } work;
  std::thread::id home;
  stage.run([&] { home = std::this_thread::get_id(); });
  CHECK(host.offload(
            &stage.ctx, stage.loop, [](void* arg) { static_cast<Work*>(arg)->worked = std::this_thread::get_id(); },
            [](void* arg, std::int32_t status) {
              static_cast<Work*>(arg)->done = std::this_thread::get_id();
              static_cast<Work*>(arg)->promise.set_value(status);
            },
            &work) == AS_PENDING);
  CHECK(work.promise.get_future().get() == AS_OK);
  CHECK(work.done == home);
  CHECK(work.worked != home);
  CHECK(work.worked != std::this_thread::get_id());
  CHECK(host.offload(&stage.ctx, stage.loop, nullptr, Told::done, nullptr) == AS_EINVAL);
  stage.ctx.pool = nullptr;
  CHECK(host.offload(&stage.ctx, stage.loop, [](void*) {}, Told::done, nullptr) == AS_ENOSYS);
}

TEST_CASE("blocking work that runs at the end of a loop is waited for, and done there") {
  Stage stage;
  struct Work {
    std::promise<void> started, may_end;
    std::thread::id done;
    std::int32_t status = -100;
  } work;
  host.offload(
      &stage.ctx, stage.loop,
      [](void* arg) {
        static_cast<Work*>(arg)->started.set_value();
        static_cast<Work*>(arg)->may_end.get_future().wait();
      },
      [](void* arg, std::int32_t status) {
        static_cast<Work*>(arg)->done = std::this_thread::get_id();
        static_cast<Work*>(arg)->status = status;
      },
      &work);
  work.started.get_future().wait();
  std::thread releases;
  stage.run([&] {
    releases = std::thread([&] { work.may_end.set_value(); });
    loop_services::finish_jobs(stage.ctx, stage.running.loop, AS_OK);
    CHECK(work.status == AS_OK);
    CHECK(work.done == std::this_thread::get_id());
    work.status = -100;
    CHECK(host.offload(&stage.ctx, stage.loop, [](void*) {}, Told::done, nullptr) == AS_ECANCELED);
  });
  releases.join();
  stage.pool.join();
  stage.run([] {});
  CHECK(work.status == -100);  // not called twice
}

TEST_CASE("much blocking work from many threads: each is done once") {
  Stage stage;
  std::vector<Told> told(400);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < told.size(); i += 4)
        CHECK(host.offload(&stage.ctx, stage.loop, [](void*) {}, Told::done, &told[i]) == AS_PENDING);
    });
  for (std::thread& thread : threads) thread.join();
  for (Told& one : told) CHECK(one.wait() == AS_OK);
  stage.run([&] {
    for (const Told& one : told) CHECK(one.times == 1);
  });
}

TEST_CASE("what is left at the end of a loop is called back before that ends") {
  Stage stage;
  const SocketPair pair;
  Told timer, wait;
  stage.run([&] {
    as_fd* fd = nullptr;
    host.timer(&stage.ctx, stage.loop, ~std::uint64_t{0}, Told::done, &timer, nullptr);
    host.fd_open(&stage.ctx, stage.loop, pair.ends[0].get(), &fd);
    host.fd_wait(fd, 1, Told::done, &wait);
    loop_services::cancel_all(stage.ctx, stage.running.loop);
    CHECK(timer.times == 1);
    CHECK(wait.times == 1);
  });
  CHECK(timer.wait() == AS_ECANCELED);
  CHECK(wait.wait() == AS_ECANCELED);
  stage.run([] {});
  stage.run([&] {
    CHECK(timer.times == 1);
    CHECK(wait.times == 1);
  });
}

TEST_CASE("the clock is the loops' clock and never goes back") {
  const std::uint64_t first = host.now_ns();
  CHECK(host.now_ns() >= first);
  CHECK(first > 0);
}
