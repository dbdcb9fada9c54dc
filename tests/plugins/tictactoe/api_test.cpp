#include "api.hpp"

#include <doctest/doctest.h>

#include <appserve/test.hpp>

#include "page_data.hpp"
#include "sqlite_store.hpp"

using appserve::Json;
using appserve::TestCall;
using appserve::TestClient;
using appserve::TestOptions;
using appserve::TestRequest;
using appserve::TestResponse;
using namespace std::chrono_literals;
using namespace tictactoe;

namespace {

struct BrokenStore final : Store {
  static appserve::Task<> fail() {
    co_await appserve::sleep(1ms);
    throw StoreError("disk on fire");
  }
  appserve::Task<Created> create(Room, std::int64_t) override {
    co_await fail();
    co_return Created::yes;
  }
  appserve::Task<std::optional<Room>> load(std::string) override {
    co_await fail();
    co_return std::nullopt;
  }
  appserve::Task<bool> replace(Room, std::int64_t) override {
    co_await fail();
    co_return false;
  }
  appserve::Task<std::vector<Room>> open_rooms(int) override {
    co_await fail();
    co_return std::vector<Room>();
  }
  appserve::Task<> expire(Expiry) override { co_return; }
};

struct Table {
  std::string room, x, o;
};

/// The app over a store in memory and a clock in hand.
struct Playground {
  std::int64_t now = 1'000'000;
  std::shared_ptr<House> house;
  TestClient client;

  explicit Playground(TestOptions options = {.prefix = "/game", .loops = 2},
                      std::unique_ptr<Store> store = std::make_unique<SqliteStore>(":memory:"))
      : house(std::make_shared<House>(std::move(store), Rooms::Limits(), [this] { return now; })),
        client([this](appserve::App& app, const appserve::Config& config) { add_routes(app, house, config.log()); },
               std::move(options)) {}

  std::string join(const std::string& room) {
    return Json::parse(client.post("/rooms/" + room + "/join", "").body)->operator[]("token").str();
  }
  Table start() {
    Table game;
    game.room = Json::parse(client.post("/rooms", "").body)->operator[]("id").str();
    game.x = join(game.room);
    game.o = join(game.room);
    return game;
  }
  TestResponse move(const Table& game, const std::string& token, int cell) {
    return client.post("/rooms/" + game.room + "/moves",
                       R"({"cell":)" + std::to_string(cell) + R"(,"token":")" + token + "\"}");
  }
  TestCall watch(const Table& game, std::uint32_t loop = 0, std::string last_event_id = {}) {
    TestRequest request{.target = "/rooms/" + game.room + "/events", .loop = loop};
    if (!last_event_id.empty()) request.headers.emplace_back("Last-Event-ID", std::move(last_event_id));
    return client.start(std::move(request));
  }
};

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("viewers on every loop get the state at once and every change when it happens") {
  Playground play;
  const Table game = play.start();
  auto here = play.watch(game, 0);
  auto there = play.watch(game, 1);
  for (auto* viewer : {&here, &there}) {
    CHECK(viewer->body().find("event: state\nid: 3\ndata: {") != std::string::npos);
    CHECK(count(viewer->body(), "event: state") == 1);
  }
  CHECK(play.move(game, game.x, 4).status == 200);
  for (auto* viewer : {&here, &there}) {
    CHECK(viewer->body().find("id: 4\ndata: {") != std::string::npos);
    CHECK(count(viewer->body(), "event: state") == 2);
  }
  play.client.disconnect(here);
  play.client.disconnect(there);
  CHECK(play.client.in_flight() == 0);
}

TEST_CASE("a refused move is no news") {
  Playground play;
  const Table game = play.start();
  auto viewer = play.watch(game);
  CHECK(play.move(game, game.o, 4).status == 409);
  CHECK(count(viewer.body(), "event: state") == 1);
  play.client.disconnect(viewer);
}

TEST_CASE("other rooms' moves are no news") {
  Playground play;
  const Table game = play.start(), other = play.start();
  auto viewer = play.watch(game);
  play.move(other, other.x, 4);
  CHECK(count(viewer.body(), "event: state") == 1);
  play.client.disconnect(viewer);
}

TEST_CASE("a viewer who has the state already waits for the next") {
  Playground play;
  const Table game = play.start();
  auto current = play.watch(game, 0, "3");
  auto behind = play.watch(game, 0, "2");
  CHECK(count(current.body(), "event: state") == 0);
  CHECK(count(behind.body(), "event: state") == 1);
  play.move(game, game.x, 4);
  CHECK(count(current.body(), "id: 4\n") == 1);
  play.client.disconnect(current);
  play.client.disconnect(behind);
}

TEST_CASE("a change told late, after a newer one, is not shown") {
  Playground play;
  const Table game = play.start();
  auto viewer = play.watch(game);
  const Room old = std::get<Room>(play.client.run(play.house->rooms.find(game.room)));
  play.move(game, game.x, 4);
  play.house->live.tell({old.id, old});
  play.client.settle();
  CHECK(count(viewer.body(), "event: state") == 2);
  play.client.disconnect(viewer);
}

TEST_CASE("told to look again, viewers see what they have missed, once") {
  Playground play;
  const Table game = play.start();
  auto viewer = play.watch(game);
  play.house->live.tell({});
  play.client.settle();
  CHECK(count(viewer.body(), "event: state") == 1);
  play.house->live.tell({.id = game.room, .room = std::nullopt});
  play.client.settle();
  CHECK_FALSE(viewer.pending());
}

TEST_CASE("a quiet stream carries a comment every 15 seconds") {
  Playground play;
  auto viewer = play.watch(play.start());
  play.client.advance(30s);  // in the first of the two periods the state was sent
  CHECK(count(viewer.body(), "\n:\n") == 1);
  play.client.advance(15s);
  CHECK(count(viewer.body(), "\n:\n") == 2);
  play.client.disconnect(viewer);
}

TEST_CASE("a deleted room says goodbye to its viewers") {
  Playground play;
  const Table game = play.start();
  auto viewer = play.watch(game);
  play.now += 2 * 24 * 3600;
  play.client.advance(10min);
  CHECK_FALSE(viewer.pending());
  CHECK(viewer.body().ends_with("event: gone\ndata: {}\n\n"));
  CHECK(play.client.get("/rooms/" + game.room).status == 404);
}

TEST_CASE("the streams end when the server drains") {
  Playground play;
  auto viewer = play.watch(play.start());
  play.client.drain();
  CHECK_FALSE(viewer.pending());
  CHECK(viewer.response().complete);
}

TEST_CASE("the lobby says how long a table has waited") {
  Playground play;
  play.client.post("/rooms", R"({"listed":true})");
  play.now += 90;
  CHECK(play.client.get("/rooms").body.find("\"age\":90") != std::string::npos);
}

TEST_CASE("a broken store is a 503 that says to come back, and the reason is in the log only") {
  Playground play({}, std::make_unique<BrokenStore>());
  for (const auto& answer :
       {play.client.get("/rooms"), play.client.get("/rooms/a/events"), play.client.post("/rooms", "")}) {
    CHECK(answer.status == 503);
    CHECK(answer.header("retry-after") == "5");
    CHECK(answer.body.find("\"code\":\"store_unavailable\"") != std::string::npos);
    CHECK(answer.body.find("fire") == std::string::npos);
  }
  REQUIRE(play.client.log().size() == 3);
  CHECK(play.client.log()[0].find("disk on fire") != std::string::npos);
}

TEST_CASE("the page comes once, then 304") {
  Playground play;
  const auto page = play.client.get("/");
  CHECK(page.status == 200);
  CHECK(page.body == page_data().html);
  const auto again = play.client.request({.headers = {{"If-None-Match", page.header("etag")}}});
  CHECK(again.status == 304);
  CHECK(again.body.empty());
}

TEST_CASE("a whole game in every order of events a server may choose") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Playground play({.loops = 2, .chaos = seed});
    const Table game = play.start();
    auto viewer = play.watch(game, 1);
    bool x = true;
    for (const int cell : {0, 3, 1, 4, 2}) {
      REQUIRE(play.move(game, std::exchange(x, !x) ? game.x : game.o, cell).status == 200);
    }
    CHECK(viewer.body().find(R"("status":"won")") != std::string::npos);
    CHECK(count(viewer.body(), "event: state") == 6);
    play.client.disconnect(viewer);
  }
}

TEST_CASE("players may leave at any point of any request: every frame unwinds and the room is whole") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    Playground play({.loops = 2, .chaos = seed});
    const Table game = play.start();
    const std::string room = "/rooms/" + game.room;
    std::int64_t version = 0;
    const auto check = [&](const TestResponse&) {
      CHECK(play.client.in_flight() == 0);
      const auto seen = Json::parse(play.client.get(room).body);
      REQUIRE(seen);
      const std::int64_t now = (*seen)["version"].integer<std::int64_t>().value();
      CHECK(now >= version);  // whole, and never going back
      version = now;
    };
    const auto post = [&](const std::string& target, const std::string& body) {
      play.client.leave_everywhere(
          {.method = "POST", .target = target, .headers = {{"content-type", "application/json"}}, .body = body}, check);
    };
    post("/rooms", R"({"listed":true})");
    post(room + "/join", R"({"token":")" + game.x + "\"}");
    post(room + "/moves", R"({"cell":4,"token":")" + game.x + "\"}");
    post(room + "/moves", R"({"cell":0,"token":")" + game.o + "\"}");
    post(room + "/rematch", R"({"token":")" + game.o + "\"}");
    for (const std::string& target : {std::string("/rooms"), room, room + "/events", std::string("/")})
      play.client.leave_everywhere({.target = target}, check);
    CHECK(version == 5);  // both moves were made, once
  }
}
