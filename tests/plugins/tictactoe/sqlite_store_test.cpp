#include "sqlite_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>

#include "temp_dir.hpp"

using tictactoe::Mark;
using tictactoe::Room;
using tictactoe::SqliteStore;
using tictactoe::Store;
using tictactoe::StoreError;

namespace {

Room room(const char* id, std::int64_t at = 1000) {
  Room made;
  made.id = id;
  made.created_at = made.updated_at = at;
  return made;
}

}  // namespace

TEST_CASE("a room comes back as it was stored") {
  SqliteStore store(":memory:");
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

TEST_CASE("an id can be used once") {
  SqliteStore store(":memory:");
  CHECK(store.create(room("r1"), 10) == Store::Created::yes);
  CHECK(store.create(room("r1"), 10) == Store::Created::id_taken);
}

TEST_CASE("no room beyond the limit") {
  SqliteStore store(":memory:");
  CHECK(store.create(room("r1"), 2) == Store::Created::yes);
  CHECK(store.create(room("r2"), 2) == Store::Created::yes);
  CHECK(store.create(room("r3"), 2) == Store::Created::full);
  CHECK_FALSE(store.load("r3"));
}

TEST_CASE("of two changes of the same version one wins") {
  SqliteStore store(":memory:");
  store.create(room("r1"), 10);
  Room first = *store.load("r1");
  Room second = first;
  first.take_seat("first");
  second.take_seat("second");
  CHECK(store.replace(first, 1));
  CHECK_FALSE(store.replace(second, 1));
  CHECK(store.load("r1")->token_x == "first");
}

TEST_CASE("a room that is gone cannot be replaced") {
  SqliteStore store(":memory:");
  CHECK_FALSE(store.replace(room("r1"), 1));
}

TEST_CASE("rooms survive closing the file") {
  const TempDir dir;
  {
    SqliteStore(dir.file("game.db")).create(room("r1"), 10);
  }
  CHECK(SqliteStore(dir.file("game.db")).load("r1"));
}

TEST_CASE("two stores on one file see each other's changes") {
  const TempDir dir;
  SqliteStore here(dir.file("game.db"));
  SqliteStore there(dir.file("game.db"));
  here.create(room("r1"), 10);
  Room seen = *there.load("r1");
  seen.take_seat("xx");
  CHECK(there.replace(seen, 1));
  CHECK(here.load("r1")->token_x == "xx");
  CHECK(here.create(room("r2"), 1) == Store::Created::full);
}

TEST_CASE("the lobby shows listed rooms with a free seat, newest first") {
  SqliteStore store(":memory:");
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

TEST_CASE("old rooms expire, and unplayed ones sooner") {
  SqliteStore store(":memory:");
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
  auto gone = store.expire({.played_before = 50, .unplayed_before = 150});
  std::sort(gone.begin(), gone.end());
  CHECK(gone == std::vector<std::string>{"played long ago", "unplayed"});
  CHECK(store.load("played"));
  CHECK(store.load("fresh"));
  CHECK_FALSE(store.load("unplayed"));
}

TEST_CASE("what cannot be opened is said in a sentence with the path") {
  const TempDir dir;
  const std::string nowhere = dir.file("missing/game.db");
  try {
    SqliteStore store(nowhere);
    FAIL("opened");
  } catch (const StoreError& error) {
    CHECK(std::string(error.what()) == "SQLite, " + nowhere + ": cannot open: unable to open database file");
  }
}

TEST_CASE("a file that is no database is refused and left alone") {
  const TempDir dir;
  std::ofstream(dir.file("notes.txt")) << std::string(4096, 'n');
  CHECK_THROWS_AS(SqliteStore(dir.file("notes.txt")), StoreError);
  CHECK(std::filesystem::file_size(dir.file("notes.txt")) == 4096);
}

TEST_CASE("another program's database is refused") {
  const TempDir dir;
  tictactoe::sqlite::Database(dir.file("other.db")).execute("CREATE TABLE rooms (id)");
  CHECK_THROWS_WITH_AS(SqliteStore(dir.file("other.db")), doctest::Contains("this is the database of another program"),
                       StoreError);
}

TEST_CASE("a file of a newer version is refused") {
  const TempDir dir;
  {
    SqliteStore store(dir.file("game.db"));
  }
  tictactoe::sqlite::Database(dir.file("game.db")).execute("PRAGMA user_version = 2");
  CHECK_THROWS_WITH_AS(SqliteStore(dir.file("game.db")), doctest::Contains("newer tictactoe"), StoreError);
}

TEST_CASE("moves against the rules in the file are an error, not a game") {
  const TempDir dir;
  SqliteStore store(dir.file("game.db"));
  store.create(room("r1"), 10);
  tictactoe::sqlite::Database(dir.file("game.db")).execute("UPDATE rooms SET moves = '00'");
  CHECK_THROWS_AS(store.load("r1"), StoreError);
}

TEST_CASE("the setting state chooses the store") {
  CHECK(tictactoe::open_store("sqlite::memory:"));
  for (const char* wrong : {"", "sqlite:", "tictactoe.db", "redis://localhost"}) {
    CAPTURE(wrong);
    CHECK_THROWS_WITH_AS(tictactoe::open_store(wrong), doctest::Contains("names no store"), StoreError);
  }
}
