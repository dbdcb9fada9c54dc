#include "app/instance.hpp"

#include <doctest/doctest.h>

#include "unit/app/stderr_capture.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

TEST_CASE("misuse of the ABI is told with app, function and rule, and answered AS_ESTATE") {
  StderrCapture captured;
  Log log(Log::Level::info);
  as_ctx ctx;
  ctx.label = "libgame.so:app";
  ctx.log = &log;
  CHECK(ctx.misuse("respond", "after release(): the request is over") == AS_ESTATE);
  CHECK(captured.text().find("error[E5006] libgame.so:app: respond: after release(): the request is over\n") !=
        std::string::npos);
}

TEST_CASE("a loop's handle leads back to the loop; strange ones to nothing") {
  loop::EventLoop first(0), second(1);
  as_ctx ctx;
  ctx.loops = {&first, &second};
  CHECK(ctx.find(as_ctx::handle_of(&second)) == &second);
  CHECK(ctx.find(nullptr) == nullptr);
  CHECK(ctx.find(reinterpret_cast<as_loop*>(&ctx)) == nullptr);
}

TEST_CASE("an ended handle rests before it is used again") {
  HandlePool<Call> pool;
  Call& first = pool.take();
  pool.put(first);
  int others = 0;
  for (;; ++others) {
    Call& next = pool.take();
    if (&next == &first) break;
    REQUIRE(others < 1000);
    pool.put(next);
  }
  CHECK(others >= 32);
  CHECK(pool.all().size() <= 34);
}
