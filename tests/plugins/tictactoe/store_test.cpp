// What every store must do, in SQLite and in Redis.
#include "store.hpp"

#include <doctest/doctest.h>

#include <appserve/redis.hpp>
#include <appserve/test.hpp>
#include "../../support/redis_server.hpp"
#include "room.hpp"

using tictactoe::Change;
using tictactoe::Mark;
using tictactoe::Room;
using tictactoe::Store;
using tictactoe::StoreError;

namespace {

/// An app that has nothing but a store.
struct StoreApp {
  std::unique_ptr<Store> store;
  std::vector<Change> told;
  std::optional<appserve::TestClient> app;

  void open(const std::string& state) {
    app.emplace(
        [&](appserve::App& made) {
          store = tictactoe::open_store(made, state);
          store->listen([this](const Change& change) { told.push_back(change); });
        },
        appserve::TestOptions{.patience = std::chrono::milliseconds(300)});
  }
  ~StoreApp() { app.reset(); }
};

struct InSqlite : StoreApp {
  InSqlite() { open("sqlite::memory:"); }
};

struct InRedis : StoreApp {
  std::optional<RedisServer> server;
  InRedis() {
    if (RedisServer::missing()) return;
    server.emplace();
    open(server->url());
    app->until([&] { return !told.empty(); });  // it listens
    told.clear();
  }
  ~InRedis() { app.reset(); }
};

/// The store's tasks, run.
struct Asked {
  explicit Asked(StoreApp& of) : kept(of) {}
  StoreApp& kept;
  Store::Created create(const Room& r, std::int64_t max) { return kept.app->run(kept.store->create(r, max)); }
  std::optional<Room> load(const char* id) { return kept.app->run(kept.store->load(id)); }
  bool replace(const Room& r, std::int64_t expected) { return kept.app->run(kept.store->replace(r, expected)); }
  std::vector<Room> open_rooms(int limit) { return kept.app->run(kept.store->open_rooms(limit)); }
  void expire(const Store::Expiry& expiry) { kept.app->run(kept.store->expire(expiry)); }
};

}  // namespace

TEST_CASE_TEMPLATE("a room comes back as it was stored", Kept, InSqlite, InRedis) {
  Kept kept;
  if (!kept.store) return;
  Asked store(kept);
  Room stored = room("r1");
  stored.listed = true;
  stored.take_seat("xx");
  stored.take_seat("oo");
  stored.play("xx", 4);
  stored.score = {3, 2, 1};
  REQUIRE(store.create(stored, 10) == Store::Created::yes);
  const auto loaded = store.load("r1");
  REQUIRE(loaded);
  CHECK(loaded->version == stored.version);
  CHECK(loaded->game.board() == "....X....");
  CHECK(loaded->game.turn() == Mark::o);
  CHECK(loaded->token_x == "xx");
  CHECK(loaded->token_o == "oo");
  CHECK(loaded->score == stored.score);
  CHECK(loaded->listed);
  CHECK(loaded->created_at == 1000);
  CHECK_FALSE(store.load("r2"));
  CHECK_FALSE(store.load(""));
}

TEST_CASE_TEMPLATE("an id can be used once", Kept, InSqlite, InRedis) {
  Kept kept;
  if (!kept.store) return;
  Asked store(kept);
  CHECK(store.create(room("r1"), 10) == Store::Created::yes);
  CHECK(store.create(room("r1"), 10) == Store::Created::id_taken);
}

TEST_CASE_TEMPLATE("no room beyond the limit", Kept, InSqlite, InRedis) {
  Kept kept;
  if (!kept.store) return;
  Asked store(kept);
  CHECK(store.create(room("r1"), 2) == Store::Created::yes);
  CHECK(store.create(room("r2"), 2) == Store::Created::yes);
  CHECK(store.create(room("r3"), 2) == Store::Created::full);
  CHECK_FALSE(store.load("r3"));
}

TEST_CASE_TEMPLATE("of two changes of the same version one wins", Kept, InSqlite, InRedis) {
  Kept kept;
  if (!kept.store) return;
  Asked store(kept);
  store.create(room("r1"), 10);
  Room first = *store.load("r1");
  Room second = first;
  first.take_seat("first");
  second.take_seat("second");
  CHECK(store.replace(first, 1));
  CHECK_FALSE(store.replace(second, 1));
  CHECK(store.load("r1")->token_x == "first");
}

TEST_CASE_TEMPLATE("a room that is gone cannot be replaced", Kept, InSqlite, InRedis) {
  Kept kept;
  if (!kept.store) return;
  Asked store(kept);
  CHECK_FALSE(store.replace(room("r1"), 1));
}

TEST_CASE_TEMPLATE("the lobby shows listed rooms with a free seat, newest first", Kept, InSqlite, InRedis) {
  Kept kept;
  if (!kept.store) return;
  Asked store(kept);
  for (const auto& [id, at] : {std::pair{"old", 1}, std::pair{"new", 2}, std::pair{"newest", 3}}) {
    Room listed = room(id, at);
    listed.listed = true;
    store.create(listed, 10);
  }
  store.create(room("private", 4), 10);
  Room full = room("full", 5);
  full.listed = true;
  full.take_seat("xx");
  full.take_seat("oo");
  store.create(full, 10);
  const auto open = store.open_rooms(2);
  REQUIRE(open.size() == 2);
  CHECK(open[0].id == "newest");
  CHECK(open[1].id == "new");
}

TEST_CASE_TEMPLATE("old rooms expire, and unplayed ones sooner", Kept, InSqlite, InRedis) {
  Kept kept;
  if (!kept.store) return;
  Asked store(kept);
  const auto add = [&](const char* id, std::int64_t at, bool played) {
    Room added = room(id, at);
    added.take_seat("xx");
    added.take_seat("oo");
    if (played) added.play("xx", 0);
    store.create(added, 10);
  };
  add("played", 100, true);
  add("played long ago", 10, true);
  add("unplayed", 100, false);
  add("fresh", 200, false);
  store.expire({.played_before = 50, .unplayed_before = 150});
  CHECK_FALSE(store.load("played long ago"));
  CHECK(store.load("played"));
  CHECK(store.load("fresh"));
  CHECK_FALSE(store.load("unplayed"));
}

TEST_CASE_TEMPLATE("a change is told, an attempt is not", Kept, InSqlite, InRedis) {
  Kept kept;
  if (!kept.store) return;
  Asked store(kept);
  store.create(room("r1"), 10);
  Room changed = *store.load("r1");
  changed.take_seat("xx");
  CHECK(store.replace(changed, 1));
  CHECK_FALSE(store.replace(changed, 1));
  kept.app->until([&] { return !kept.told.empty() && kept.told.back().room && kept.told.back().room->version == 2; });
  CHECK(kept.told.back().room->token_x == "xx");
  store.expire({.played_before = 2000, .unplayed_before = 2000});
  kept.app->until([&] { return !kept.told.back().room; });
  CHECK(kept.told.back().id == "r1");
}

TEST_CASE("the setting state chooses the store") {
  StoreApp app;
  CHECK_NOTHROW(app.open("sqlite::memory:"));
  for (const char* wrong : {"", "sqlite:", "tictactoe.db", "http://localhost"}) {
    CAPTURE(wrong);
    CHECK_THROWS_WITH_AS(app.open(wrong), doctest::Contains("names no store"), StoreError);
  }
  CHECK_THROWS_WITH_AS(app.open("redis://"), doctest::Contains("has no host"), StoreError);
  CHECK_THROWS_WITH_AS(app.open("rediss://h"), doctest::Contains("TLS"), StoreError);
}

TEST_CASE("Redis away is a StoreError that names the server, and rooms are there again when it is" *
          doctest::skip(RedisServer::missing())) {
  InRedis kept;
  Asked store(kept);
  kept.server->stop();
  kept.app->until([&] { return !kept.app->log().empty(); });
  CHECK_THROWS_WITH_AS(store.load("r1"), doctest::Contains("redis://127.0.0.1"), StoreError);
  kept.server->start();
  kept.told.clear();
  REQUIRE(kept.app->until([&] { return !kept.told.empty(); }));  // "look again"
  CHECK(kept.told.front().id.empty());
  CHECK(kept.app->until([&] {
    try {
      return store.create(room("r1"), 10) == Store::Created::yes;
    } catch (const StoreError&) {
      return false;
    }
  }));
}

TEST_CASE("something else under a room's key is an error, not a room" * doctest::skip(RedisServer::missing())) {
  InRedis kept;
  appserve::TestClient other(
      [&](appserve::App& app) {
        const appserve::Redis redis(app, kept.server->url());
        app.on_start([redis]() -> appserve::Task<> {
          co_await redis.command("SET", "tictactoe:room:text", "no room");
          co_await redis.command("SET", "tictactoe:room:wrong", R"({"id":"wrong","version":2,"moves":"00"})");
        });
      },
      {.patience = std::chrono::milliseconds(300)});
  other.run([]() -> appserve::Task<> { co_await appserve::sleep(std::chrono::milliseconds(1)); }());
  Asked store(kept);
  REQUIRE(kept.app->until([&] {
    try {
      return !store.load("wrong") && false;
    } catch (const StoreError&) {
      return true;
    }
  }));
  CHECK_THROWS_WITH_AS(store.load("text"), doctest::Contains("no room"), StoreError);
  CHECK_THROWS_WITH_AS(store.load("wrong"), doctest::Contains("against the rules"), StoreError);
}
