// Streams out and in, back-pressure, server-sent events, messages to many.
#include <doctest/doctest.h>
#include <appserve/broadcast.hpp>
#include <appserve/test.hpp>

#include <thread>

using namespace appserve;

namespace {

void streams(App& app) {
  app.get("/count/{n}", [](int n) {
    return Response::stream([n](Stream& out) -> Task<> {
      for (int i = 0; i < n; ++i) co_await out.write(std::to_string(i) + "\n");
    });
  });
  app.post("/echo", [](Request& req) {
    return Response::stream([&req](Stream& out) -> Task<> {
             while (auto piece = co_await req.read()) co_await out.write(*piece);
           })
        .length(req.content_length());
  });
  app.post("/size", [](Request& req) -> Task<std::string> {
    std::size_t n = 0;
    while (auto piece = co_await req.read()) n += piece->size();
    co_return std::to_string(n);
  });
  app.post("/whole", [](Request& req) -> Task<std::string> { co_return std::string(co_await req.body(100)); });
  app.get("/broken", [] {
    return Response::stream([](Stream& out) -> Task<> {
      co_await out.write("half");
      throw std::runtime_error("lost it");
    });
  });
  app.get("/events", [] {
    return Response::sse([](Stream& out) -> Task<> {
      co_await out.retry(2s);
      co_await out.event("one\ntwo", "move", "1");
      co_await out.event("");
      co_await sleep(40s);
      co_await out.event("late");
    });
  });
}

struct Board {
  std::string cells;
};

void board(App& app) {
  auto topics = std::make_shared<Topics<Board>>(2);
  app.post("/{game}", [topics](std::string game, Body body) { topics->publish(game, {body.text}); });
  app.get("/{game}", [topics](std::string game) {
    return Response::sse([topics, game](Stream& out) -> Task<> {
      auto updates = topics->subscribe(game);
      co_await out.event("hello");
      while (auto message = co_await updates.next())
        co_await out.event(message->cells, {}, std::to_string(updates.missed()));
      co_await out.event("closed");
    });
  });
  app.del("/", [topics] { topics->close(); });
}

}  // namespace

TEST_CASE("a streamed response arrives piece by piece and ends") {
  TestClient c(streams);
  const auto r = c.get("/count/3");
  CHECK(r.body == "0\n1\n2\n");
  CHECK(r.complete);
  CHECK(c.request({.method = "HEAD", .target = "/count/3"}).complete);
}

TEST_CASE("a slow client holds the writer back") {
  TestClient c(streams);
  auto call = c.start({.target = "/count/3", .slow_client = true});
  CHECK(call.body() == "0\n");
  c.take(call);
  CHECK(call.body() == "0\n1\n");
  CHECK(call.pending());
  c.disconnect(call);
  CHECK_FALSE(call.pending());
  CHECK_FALSE(call.response().complete);
  CHECK(call.response().failure.empty());
}

TEST_CASE("bodies stream through a handler however they are cut") {
  std::string large;
  for (int i = 0; i < 2000; ++i) large += std::to_string(i * 7919);
  for (std::uint64_t chaos = 0; chaos < 20; ++chaos) {
    TestClient c(streams, {.chaos = chaos});
    CHECK(c.post("/echo", large).body == large);
    CHECK(c.post("/size", large).body == std::to_string(large.size()));
    CHECK(c.post("/whole", "short").body == "short");
    CHECK(c.post("/whole", large).status == 413);
    CHECK(c.post("/echo", "").complete);
    auto call = c.start({.method = "POST", .target = "/echo", .body = "a", .open_body = true});
    c.feed(call, "b");
    CHECK(call.pending());
    c.feed(call, "c");
    c.finish_body(call);
    CHECK(call.body() == "abc");
    CHECK_FALSE(call.pending());
  }
}

TEST_CASE("a client that leaves in the middle of its body ends the handler") {
  TestClient c(streams);
  for (const char* path : {"/echo", "/size", "/whole"}) {
    auto call = c.start({.method = "POST", .target = path, .body = "a", .open_body = true});
    CHECK(call.pending());
    c.disconnect(call);
    CHECK_FALSE(call.pending());
    CHECK(call.response().failure.empty());
  }
}

TEST_CASE("a stream that fails is reported and not completed") {
  TestClient c(streams);
  const auto r = c.get("/broken");
  CHECK(r.body == "half");
  CHECK(r.failure == "std::runtime_error: lost it");
  CHECK_FALSE(r.complete);
}

TEST_CASE("server-sent events: fields, lines, heartbeats while it is quiet") {
  TestClient c(streams);
  const auto r = c.get("/events");
  CHECK(r.content_type == "text/event-stream");
  CHECK(r.header("cache-control") == "no-cache");
  CHECK(r.body ==
        "retry: 2000\n\n"
        "event: move\nid: 1\ndata: one\ndata: two\n\n"
        "data: \n\n"
        ":\n\n"
        "data: late\n\n");
  CHECK(r.complete);
  CHECK(c.timers() == 0);
}

TEST_CASE("an event stream ends whole when the app drains, and at once when its client leaves") {
  for (std::uint64_t chaos = 0; chaos < 10; ++chaos) {
    TestClient c(streams, {.chaos = chaos});
    auto drained = c.start({.target = "/events"});
    auto left = c.start({.target = "/events"});
    c.disconnect(left);
    CHECK_FALSE(left.pending());
    CHECK(drained.pending());
    c.drain();
    CHECK_FALSE(drained.pending());
    CHECK(drained.response().complete);
    auto after = c.start({.target = "/events"});
    CHECK_FALSE(after.pending());
    CHECK(c.timers() == 0);
  }
}

TEST_CASE("a heartbeat that a slow client has not taken is never mixed with an event") {
  TestClient c([](App& app) {
    app.get("/", [] {
      return Response::sse([](Stream& out) -> Task<> {
        co_await sleep(16s);
        co_await out.event("x");
      });
    });
  });
  auto call = c.start({.slow_client = true});
  c.advance(15s);
  CHECK(call.body() == ":\n\n");
  c.advance(5s);
  CHECK(call.body() == ":\n\n");
  c.take(call);
  CHECK(call.body() == ":\n\ndata: x\n\n");
  c.take(call);
  CHECK_FALSE(call.pending());
  auto cut = c.start({.slow_client = true});
  c.advance(17s);
  c.disconnect(cut);
  CHECK_FALSE(cut.pending());
}

TEST_CASE("what one handler publishes reaches every subscriber of that key, on any loop") {
  TestClient c(board, {.loops = 2});
  auto a = c.start({.target = "/g1"});
  auto b = c.start({.target = "/g1", .loop = 1});
  auto other = c.start({.target = "/g2"});
  c.post("/g1", "X--");
  CHECK(a.body() == "data: hello\n\nid: 0\ndata: X--\n\n");
  CHECK(b.body() == a.body());
  CHECK(other.body() == "data: hello\n\n");
  c.disconnect(b);
  c.post("/g1", "XO-");
  CHECK(a.body().ends_with("data: XO-\n\n"));
  CHECK_FALSE(b.pending());
  c.del("/");
  CHECK(a.body().ends_with("data: closed\n\n"));
  CHECK_FALSE(a.pending());
  CHECK_FALSE(other.pending());
}

TEST_CASE("a subscriber that is too slow loses the oldest messages and knows how many") {
  TestClient c(board);
  auto slow = c.start({.target = "/g", .slow_client = true});
  for (const char* cells : {"1", "2", "3", "4"}) c.post("/g", cells);
  c.take(slow);
  CHECK(slow.body() == "data: hello\n\nid: 2\ndata: 3\n\n");
  c.take(slow);
  CHECK(slow.body().ends_with("data: 4\n\n"));
  c.take(slow);
  CHECK(slow.pending());
  c.disconnect(slow);
}

TEST_CASE("of states published in the wrong order a subscriber gets only newer ones") {
  struct State {
    int version = 0;
  };
  auto states = std::make_shared<Broadcast<State>>(newest(&State::version));
  TestClient c([&](App& app) {
    app.get("/", [states] {
      return Response::stream([states](Stream& out) -> Task<> {
        auto updates = states->subscribe();
        co_await out.write("on");
        while (auto state = co_await updates.next()) co_await out.write(" " + std::to_string(state->version));
      });
    });
  });
  auto fast = c.start({});
  auto slow = c.start({.slow_client = true});
  for (const int version : {2, 1, 4, 3, 4}) {
    states->publish({version});
    c.settle();
  }
  CHECK(fast.body() == "on 2 4");
  c.take(slow);
  CHECK(slow.body() == "on 4");
  states->close();
  c.take(slow);
  CHECK_FALSE(slow.pending());
  CHECK_FALSE(fast.pending());
}

TEST_CASE("publishers on other threads wake a waiting handler, and none is lost") {
  constexpr int kThreads = 4, kEach = 500;
  auto numbers = std::make_shared<Broadcast<int>>(kThreads * kEach);
  TestClient c([&](App& app) {
    app.get("/", [numbers]() -> Task<std::string> {
      auto updates = numbers->subscribe();
      long sum = 0;
      for (int i = 0; i < kThreads * kEach; ++i) sum += *co_await updates.next();
      co_return std::to_string(sum);
    });
  });
  auto call = c.start({});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&] {
        for (int i = 1; i <= kEach; ++i) numbers->publish(i);
      });
    while (call.pending()) c.settle();
  }
  CHECK(call.body() == std::to_string(kThreads * kEach * (kEach + 1) / 2));
}

TEST_CASE("topics forget subscribers that have gone") {
  Topics<int> topics;
  for (int i = 0; i < 1000; ++i) topics.subscribe("key " + std::to_string(i));
  auto kept = topics.subscribe("key 5");
  CHECK(topics.subscribers("key 5") == 1);
  CHECK(topics.subscribers("key 6") == 0);
}
