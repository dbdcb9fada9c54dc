#include "sqlite_store.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>

#include "room.hpp"
#include "run.hpp"
#include "temp_dir.hpp"

using tictactoe::Room;
using tictactoe::SqliteStore;
using tictactoe::Store;
using tictactoe::StoreError;

TEST_CASE("rooms survive closing the file") {
  const TempDir dir;
  {
    SqliteStore store(dir.file("game.db"));
    run(store.create(room("r1"), 10));
  }
  SqliteStore again(dir.file("game.db"));
  CHECK(run(again.load("r1")));
}

TEST_CASE("two stores on one file see each other's changes") {
  const TempDir dir;
  SqliteStore here(dir.file("game.db"));
  SqliteStore there(dir.file("game.db"));
  run(here.create(room("r1"), 10));
  Room seen = *run(there.load("r1"));
  seen.take_seat("xx");
  CHECK(run(there.replace(seen, 1)));
  CHECK(run(here.load("r1"))->token_x == "xx");
  CHECK(run(here.create(room("r2"), 1)) == Store::Created::full);
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
  run(store.create(room("r1"), 10));
  tictactoe::sqlite::Database(dir.file("game.db")).execute("UPDATE rooms SET moves = '00'");
  CHECK_THROWS_AS(run(store.load("r1")), StoreError);
}
