#include "trace/sample.hpp"

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <thread>

#include "trace/modules.hpp"

using namespace appserve::trace;
using namespace std::chrono_literals;

namespace {

// A thread that is in an app's hands until it is let go.
[[gnu::noinline]] void be_busy(std::promise<int>& started, const std::atomic<bool>& over) {
  started.set_value(static_cast<int>(::syscall(SYS_gettid)));
  while (!over) std::this_thread::sleep_for(1ms);
}

bool names(const Sample& sample, std::string_view function) {
  for (const std::uintptr_t frame : sample.stack.frames())
    if (modules().find(frame).symbol.find(function) != std::string_view::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a thread is asked where it is and whom it serves") {
  modules().learn();
  prepare_samples();
  std::atomic<bool> over = false;
  std::promise<int> started;
  std::thread busy([&] {
    RequestWords request{.method = "GET", .target = "/a?b", .route = "/{x}", .id = "r-1"};
    const InApp in_app("libgame.so:app", Doing::handle, &request);
    be_busy(started, over);
  });
  const auto sample = sample_of(started.get_future().get(), 5s);
  over = true;
  busy.join();
  REQUIRE(sample);
  CHECK(sample->app.view() == "libgame.so:app");
  CHECK(sample->request.view() == "GET /{x}");
  CHECK(sample->id.view() == "r-1");
  CHECK(sample->doing == Doing::handle);
  CHECK(names(*sample, "be_busy"));
}

TEST_CASE("a thread that does not answer is not waited for") {
  prepare_samples();
  std::atomic<bool> over = false;
  std::promise<int> started;
  std::thread deaf([&] {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    be_busy(started, over);
  });
  CHECK_FALSE(sample_of(started.get_future().get(), 20ms));
  over = true;
  deaf.join();
  CHECK_FALSE(sample_of(1'999'999'999, 20ms));
}
