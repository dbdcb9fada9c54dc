// Waiting, cancelling, background tasks.
#include <doctest/doctest.h>
#include <appserve/test.hpp>

#include <thread>

using namespace appserve;

namespace {

/// Counts how many are alive, to see frames unwind.
struct Tracked {
  explicit Tracked(int& alive) : alive_(&alive) { ++*alive_; }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  ~Tracked() { --*alive_; }
  int* alive_;
};

Task<int> doubled(int n) {
  if (n % 2) co_await sleep(1s);
  co_return 2 * n;
}

Task<> sleep_for(std::chrono::nanoseconds d) { co_await sleep(d); }

Task<int> depth(int n) {
  if (n == 0) co_return 0;
  co_return 1 + co_await depth(n - 1);
}

}  // namespace

TEST_CASE("tasks await tasks; a long loop over ready ones needs no stack") {
  TestClient c([](App& app) {
    app.get("/sum", []() -> Task<std::string> {
      int sum = 0;
      for (int i = 0; i < 10; ++i) sum += co_await doubled(i);
      co_return std::to_string(sum);
    });
    app.get("/loop", []() -> Task<std::string> {
      long sum = 0;
      for (int i = 0; i < 300000; ++i) sum += co_await doubled(2);
      co_return std::to_string(sum);
    });
    app.get("/deep", []() -> Task<std::string> { co_return std::to_string(co_await depth(500)); });
  });
  CHECK(c.get("/sum").body == "90");
  CHECK(c.get("/loop").body == "1200000");
  CHECK(c.get("/deep").body == "500");
}

TEST_CASE("sleep lets virtual time pass and nothing else") {
  TestClient c([](App& app) {
    app.get("/", []() -> Task<std::string> {
      co_await sleep(2s);
      co_return "woke";
    });
  });
  auto call = c.start({});
  CHECK(call.pending());
  c.advance(1999ms);
  CHECK(call.pending());
  c.advance(1ms);
  CHECK_FALSE(call.pending());
  CHECK(call.body() == "woke");
}

TEST_CASE("blocking work gives its result or its exception") {
  TestClient c([](App& app) {
    app.get("/ok", []() -> Task<std::string> { co_return co_await blocking([] { return std::string("done"); }); });
    app.get("/void", []() -> Task<std::string> {
      int n = 0;
      co_await blocking([&] { n = 42; });
      co_return std::to_string(n);
    });
    app.get("/throw", []() -> Task<std::string> {
      std::string text;
      try {
        co_await blocking([] { throw std::runtime_error("inside"); });
      } catch (const std::runtime_error& e) {
        text = e.what();
      }
      co_return text;
    });
    app.get("/abort", []() -> Task<> { co_await blocking([] { abort(404, "no such game"); }); });
  });
  CHECK(c.get("/ok").body == "done");
  CHECK(c.get("/void").body == "42");
  CHECK(c.get("/throw").body == "inside");
  CHECK(c.get("/abort").status == 404);
}

TEST_CASE("a client that leaves cuts the wait short and every frame unwinds") {
  int alive = 0, finished = 0;
  TestClient c([&](App& app) {
    app.get("/sleep", [&]() -> Task<std::string> {
      const Tracked outer(alive);
      const auto inner = [](int& count) -> Task<int> {
        const Tracked here(count);
        co_await sleep(1h);
        co_return 1;
      };
      try {
        co_await inner(alive);
      } catch (const std::exception&) {
        ++finished;  // Cancelled is none
      }
      ++finished;
      co_return "";
    });
  });
  auto call = c.start({.target = "/sleep"});
  CHECK(alive == 2);
  c.disconnect(call);
  CHECK(alive == 0);
  CHECK(finished == 0);
  CHECK_FALSE(call.pending());
  CHECK(call.response().failure.empty());
  CHECK(c.in_flight() == 0);
  CHECK(c.timers() == 0);
}

TEST_CASE("a cancelled request whose client is still there is told so") {
  TestClient c([](App& app) { app.get("/", []() -> Task<> { co_await sleep(1h); }); });
  auto call = c.start({});
  c.cancel(call);
  CHECK(call.status() == 503);
}

TEST_CASE("after cancellation every further wait ends at once; blocking work in flight ends first") {
  std::vector<std::string> trace;
  TestClient c([&](App& app) {
    app.get("/", [&]() -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const Cancelled&) {
        trace.emplace_back("first");
      }
      try {
        co_await sleep(1h);
      } catch (const Cancelled&) {
        trace.emplace_back("second");
      }
      co_await blocking([&] { trace.emplace_back("never"); });
    });
  });
  auto call = c.start({});
  c.disconnect(call);
  CHECK_FALSE(call.pending());
  CHECK(trace == std::vector<std::string>{"first", "second"});
}

TEST_CASE("when_all runs side by side and gives all results") {
  TestClient c([](App& app) {
    app.get("/", []() -> Task<std::string> {
      const auto one = [](std::chrono::seconds s) -> Task<int> {
        co_await sleep(s);
        co_return static_cast<int>(s.count());
      };
      const auto nothing = []() -> Task<> { co_return; };
      const auto [a, b, none] = co_await when_all(one(3s), one(2s), nothing());
      co_return std::to_string(a) + std::to_string(b);
    });
    app.get("/fail", []() -> Task<> {
      const auto fail = []() -> Task<int> {
        co_await sleep(1s);
        throw std::runtime_error("one of two");
      };
      co_await when_all(fail(), doubled(1));
    });
  });
  auto call = c.start({});
  c.advance(2999ms);
  CHECK(call.pending());
  c.advance(1ms);
  CHECK(call.body() == "32");
  CHECK(c.get("/fail").failure == "std::runtime_error: one of two");
  auto cut = c.start({});
  c.disconnect(cut);
  CHECK_FALSE(cut.pending());
}

TEST_CASE("within() limits a task's time") {
  int alive = 0;
  TestClient c([&](App& app) {
    app.get("/{ms}", [&](int ms) -> Task<std::string> {
      const auto slow = [](int n, int& count) -> Task<std::string> {
        const Tracked here(count);
        if (n > 0) co_await sleep(std::chrono::milliseconds(n));
        co_return "in time";
      };
      const auto result = co_await within(1s, slow(ms, alive));
      co_await sleep(1s);  // the outer scope is not cancelled
      co_return result.value_or("too late");
    });
    app.get("/void", []() -> Task<std::string> {
      const auto slow = []() -> Task<> { co_await sleep(1h); };
      co_return co_await within(1s, slow()) ? "done" : "cut";
    });
    app.get("/throw", []() -> Task<std::string> {
      const auto fail = []() -> Task<int> {
        throw std::runtime_error("inside");
        co_return 1;
      };
      co_await within(1s, fail());
      co_return "";
    });
  });
  CHECK(c.get("/0").body == "in time");
  CHECK(c.get("/500").body == "in time");
  CHECK(c.get("/1500").body == "too late");
  CHECK(c.get("/void").body == "cut");
  CHECK(c.get("/throw").failure == "std::runtime_error: inside");
  CHECK(alive == 0);
  auto call = c.start({.target = "/5000"});
  c.disconnect(call);
  CHECK_FALSE(call.pending());
  CHECK(alive == 0);
  CHECK(c.timers() == 0);
}

TEST_CASE("background tasks live as long as the app") {
  int ticks = 0, started = 0, stopped = 0, alive = 0;
  {
    TestClient c(
        [&](App& app) {
          app.on_start([&] { ++started; });
          app.on_start([&]() -> Task<> {
            const Tracked here(alive);
            for (;;) co_await sleep(1h);
          });
          app.on_start([]() -> Task<> {
            throw std::runtime_error("at start");
            co_return;
          });
          app.every(10s, [&] {
            if (++ticks == 2) throw std::runtime_error("tick");
          });
          app.on_stop([&] { stopped = 1 + alive; });
        },
        {.loops = 3});
    CHECK(started == 1);
    CHECK(alive == 1);
    c.advance(35s);
    CHECK(ticks == 3);
    REQUIRE(c.log().size() == 2);
    CHECK(c.log()[0] == "a background task failed: std::runtime_error: at start");
    CHECK(c.log()[1] == "a periodic task failed: std::runtime_error: tick");
    CHECK(stopped == 0);
  }
  CHECK(stopped == 1);
}

TEST_CASE("per_loop gives each loop its own") {
  TestClient c(
      [](App& app) {
        auto count = app.per_loop<int>();
        app.get("/", [count](Request& req) { return std::to_string(++count(req)); });
      },
      {.loops = 2});
  CHECK(c.get("/").body == "1");
  CHECK(c.get("/").body == "2");
  CHECK(c.request({.loop = 1}).body == "1");
}

TEST_CASE("two instances of one app share nothing") {
  const auto make = [](App& app) { app.get("/", [n = 0]() mutable { return std::to_string(++n); }); };
  TestClient a(make), b(make);
  a.get("/");
  CHECK(a.get("/").body == "2");
  CHECK(b.get("/").body == "1");
}

TEST_CASE("a client can be made to leave at every point where a handler waits") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    int alive = 0, cut = 0, done = 0;
    TestClient c(
        [&](App& app) {
          app.post("/", [&](Request& request) -> Task<std::string> {
            const Tracked tracked(alive);
            std::size_t bytes = 0;
            try {
              while (auto chunk = co_await request.read()) bytes += chunk->size();
              co_await when_all(sleep_for(1s), sleep_for(2s));
              co_await blocking([] {});
              ++done;
            } catch (const Cancelled&) {
              ++cut;
              throw;
            }
            co_return std::to_string(bytes);
          });
          app.get("/stream", [&] {
            return Response::stream([&](Stream& out) -> Task<> {
              const Tracked tracked(alive);
              for (int i = 0; i < 3; ++i) co_await out.write("x");
            });
          });
        },
        {.chaos = seed});
    std::size_t complete = 0;
    const auto check = [&](const TestResponse& r) {
      CHECK(alive == 0);
      CHECK(c.in_flight() == 0);
      CHECK(c.timers() == 0);
      if (r.body == "20") ++complete;
    };
    const std::size_t times = c.leave_everywhere({.method = "POST", .body = std::string(20, 'b')}, check);
    CHECK(times >= 5);
    CHECK(static_cast<std::size_t>(cut + done) == times);
    CHECK(complete == 1);
    c.leave_everywhere({.target = "/stream"}, check);
  }
}

namespace {

Task<std::string> after(std::chrono::nanoseconds time, std::string text) {
  co_await sleep(time);
  co_return text;
}

Task<> fails_after(std::chrono::nanoseconds time) {
  co_await sleep(time);
  throw std::runtime_error("lost it");
}

// Says in `ended` how it ended.
Task<> watched(std::chrono::nanoseconds time, std::string& ended) {
  struct AtEnd {
    std::string& ended;
    bool done = false;
    ~AtEnd() { ended += done ? "+" : "-"; }
  } at_end{ended};
  co_await sleep(time);
  at_end.done = true;
}

}  // namespace

TEST_CASE("the first of several tasks to end cancels the others, which unwind before the result is there") {
  for (std::uint64_t chaos = 0; chaos < 10; ++chaos) {
    std::string ended;
    TestClient c(
        [&](App& app) {
          app.get("/", [&]() -> Task<std::string> {
            auto [slow, fast, unit] = co_await when_any(after(2s, "slow"), after(1s, "fast"), watched(3s, ended));
            co_return slow.value_or("none") + " " + fast.value_or("none") + (unit ? " unit " : " no unit ") + ended;
          });
          app.get("/ready", []() -> Task<std::string> {
            auto [a, b] = co_await when_any([]() -> Task<int> { co_return 1; }(), after(1h, "late"));
            co_return std::to_string(*a) + b.value_or(" none");
          });
          app.get("/fails", [&]() -> Task<std::string> {
            co_await when_any(fails_after(1s), watched(2s, ended));
            co_return "not reached";
          });
        },
        {.chaos = chaos});
    CHECK(c.get("/").body == "none fast no unit -");
    CHECK(c.get("/ready").body == "1 none");
    CHECK(c.get("/fails").failure == "std::runtime_error: lost it");
    CHECK(ended == "--");
    CHECK(c.timers() == 0);
  }
}

TEST_CASE("a client that leaves cancels all tasks of a race") {
  std::string ended;
  TestClient c(
      [&](App& app) { app.get("/", [&]() -> Task<> { co_await when_any(watched(1h, ended), watched(2h, ended)); }); });
  auto call = c.start({});
  c.disconnect(call);
  CHECK_FALSE(call.pending());
  CHECK(ended == "--");
}

TEST_CASE("a task of a group outlives its request, but not the app") {
  std::string ended;
  {
    TestClient c([&](App& app) {
      auto group = app.task_group(2);
      app.get("/{seconds}", [&ended, group](Request& req, int seconds) {
        group.start(req, [&ended, seconds]() -> Task<> { co_await watched(std::chrono::seconds(seconds), ended); });
        return std::to_string(group.running(req));
      });
      app.get("/fail", [group](Request& req) { group.start(req, []() -> Task<> { co_await fails_after(1s); }); });
    });
    CHECK(c.get("/10").body == "1");
    CHECK(c.get("/20").body == "2");
    CHECK(c.get("/30").status == 503);
    c.advance(10s);
    CHECK(ended == "+");
    CHECK(c.get("/3600").body == "2");
    c.advance(10s);
    CHECK(ended == "++");
    c.get("/fail");
    c.advance(1s);
    REQUIRE(c.log().size() == 1);
    CHECK(c.log()[0] == "a background task failed: std::runtime_error: lost it");
  }
  CHECK(ended == "++-");
}
