#include "runtime/loop_guard.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <future>
#include <string>
#include <thread>

#include "runtime/loop_pool.hpp"
#include "trace/activity.hpp"

using namespace appserve;
using namespace appserve::runtime;
using namespace std::chrono_literals;

namespace {

// Two loops that run, and a guard that looks after them.
class Guarded {
 public:
  explicit Guarded(const GuardOptions& options)
      : guard_(
            options, pool.loops(), log_,
            {.stuck = [this](const std::string& why) { stuck.set_value(why); }, .lost = [this] { lost.set_value(); }}) {
    pool.start([](loop::EventLoop&) {}, [](loop::EventLoop&) {});
  }
  ~Guarded() {
    for (loop::EventLoop* loop : pool.loops()) loop->stop();
    pool.join();
  }

  std::promise<std::string> stuck;
  std::promise<void> lost;
  LoopPool pool{2};

 private:
  Log log_{Log::Level::error};  // warnings are not for the test's reader
  LoopGuard guard_;
};

}  // namespace

TEST_CASE("a loop that does not come back is told to whoever can replace it, once, with the app's name") {
  Guarded guarded({.block = 20ms, .stuck = 60ms});
  std::promise<void> let_go;
  auto hold = [&] {
    trace::RequestWords request{.method = "GET", .target = "/", .route = "/x", .id = "r-1"};
    const trace::InApp in_app("libgame.so:app", trace::Doing::handle, &request);
    let_go.get_future().wait();
  };
  guarded.pool.loops()[1]->post([](void* f) { (*static_cast<decltype(hold)*>(f))(); }, &hold);
  const std::string why = guarded.stuck.get_future().get();
  let_go.set_value();
  CHECK(why.starts_with("loop 1 is held since "));
  CHECK(why.find(" by GET /x (libgame.so:app, request r-1); ") != why.npos);
}

TEST_CASE("a loop whose descriptors somebody closed is told") {
  Guarded guarded({.block = 100ms, .stuck = 1s});
  const int fd = guarded.pool.loops()[1]->poller().fd(), spare = ::dup(fd), other = ::open("/dev/null", O_RDONLY);
  ::dup2(other, fd);
  guarded.lost.get_future().wait();
  ::dup2(spare, fd);
  ::close(spare);
  ::close(other);
}

TEST_CASE("a guard of idle loops ends at once") {
  const Guarded guarded({.block = 100ms, .stuck = 1s});
  std::promise<void> served;
  guarded.pool.loops()[0]->post([](void* p) { static_cast<std::promise<void>*>(p)->set_value(); }, &served);
  served.get_future().wait();
}
