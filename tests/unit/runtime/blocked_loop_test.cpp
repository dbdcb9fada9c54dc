#include "runtime/blocked_loop.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

using namespace appserve;
using namespace appserve::runtime;
using namespace std::chrono_literals;

namespace {

[[gnu::noinline]] trace::Stack a_place() { return trace::Stack::capture(); }

BlockedLoop blocked(const trace::Stack& stack) {
  trace::Sample sample;
  sample.stack = stack;
  sample.app << "libgame.so:app";
  sample.request << "POST /rooms/{id}";
  sample.id << "r-1";
  sample.doing = trace::Doing::handle;
  return {.loop = 1, .held = 340ms, .over = true, .sample = sample};
}

}  // namespace

TEST_CASE("who held a loop is told with the request's route and the calls") {
  trace::modules().learn();
  const std::string text = describe(blocked(a_place()), trace::modules());
  CHECK(
      text.starts_with("loop 1 was held 340 ms by POST /rooms/{id} (libgame.so:app, request r-1); other requests "
                       "waited; it was in  "));
  CHECK(text.find(" < a_place < ") != text.npos);
}

TEST_CASE("a callback for no request is told as what it is; a thread that does not answer, too") {
  BlockedLoop timer = blocked(a_place());
  timer.over = false;
  timer.sample->request.clear();
  timer.sample->doing = trace::Doing::timer;
  CHECK(describe(timer, trace::modules())
            .starts_with("loop 1 is held since 340 ms by libgame.so:app in a timer's "
                         "callback; "));
  timer.sample->app.clear();
  CHECK(describe(timer, trace::modules()).starts_with("loop 1 is held since 340 ms by the server itself; "));
  CHECK(describe({.loop = 0, .held = 2s}, trace::modules()) ==
        "loop 0 is held since 2000 ms; its thread does not tell where it is");
}

TEST_CASE("two blocks are of one place when the same function waits") {
  trace::modules().learn();
  const auto place = [](const trace::Stack& stack) { return place_of(blocked(stack), trace::modules()); };
  CHECK(place(a_place()) == place(a_place()));
  CHECK(place_of({}, trace::modules()) == 0);
}

TEST_CASE("one line a minute for each place, and the count of those kept back") {
  OncePerPlace places;
  const Time start{};
  CHECK(places.admit(1, start) == 0u);
  CHECK(places.admit(2, start) == 0u);
  CHECK_FALSE(places.admit(1, start + 1s));
  CHECK_FALSE(places.admit(1, start + 59s));
  CHECK(places.admit(1, start + 60s) == 2u);
  CHECK(places.admit(2, start + 61s) == 0u);
}
