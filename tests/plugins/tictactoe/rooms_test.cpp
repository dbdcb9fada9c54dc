#include "rooms.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "run.hpp"
#include "sqlite_store.hpp"
#include "temp_dir.hpp"

using tictactoe::Mark;
using tictactoe::Refusal;
using tictactoe::Result;
using tictactoe::Room;
using tictactoe::Rooms;

namespace {

struct House {
  std::int64_t now = 1'000'000;
  Rooms rooms;
  explicit House(Rooms::Limits limits = {}, const std::string& path = ":memory:")
      : rooms(std::make_unique<tictactoe::SqliteStore>(path), limits, [this] { return now; }) {}
};

template <class T>
T allowed(Result<T> result) {
  REQUIRE(std::holds_alternative<T>(result));
  return std::get<T>(std::move(result));
}

template <class T>
T allowed(appserve::Task<Result<T>> task) {
  return allowed(run(std::move(task)));
}

template <class T>
Refusal refused(Result<T> result) {
  REQUIRE(std::holds_alternative<Refusal>(result));
  return std::get<Refusal>(result);
}

template <class T>
Refusal refused(appserve::Task<Result<T>> task) {
  return refused(run(std::move(task)));
}

bool exists(House& house, const std::string& id) { return std::holds_alternative<Room>(run(house.rooms.find(id))); }

}  // namespace

TEST_CASE("two players and a spectator play a round") {
  House house;
  Rooms& rooms = house.rooms;
  const std::string id = allowed(rooms.create(false)).id;
  const auto x = allowed(rooms.join(id, ""));
  const auto o = allowed(rooms.join(id, ""));
  const auto spectator = allowed(rooms.join(id, ""));
  CHECK(x.seat == Mark::x);
  CHECK(o.seat == Mark::o);
  CHECK(spectator.seat == Mark::none);
  CHECK(spectator.token.empty());
  CHECK(refused(rooms.play(id, spectator.token, 0)) == Refusal::wrong_token);
  for (const char cell : std::string("03142")) {
    const auto mover = allowed(rooms.find(id)).game.turn() == Mark::x ? x.token : o.token;
    allowed(rooms.play(id, mover, cell - '0'));
  }
  CHECK(allowed(rooms.find(id)).game.winner() == Mark::x);
  CHECK(allowed(rooms.rematch(id, o.token)).round == 2);
}

TEST_CASE("a token gets its seat again, without a new version") {
  House house;
  const std::string id = allowed(house.rooms.create(false)).id;
  const auto first = allowed(house.rooms.join(id, ""));
  const auto again = allowed(house.rooms.join(id, first.token));
  CHECK(again.seat == Mark::x);
  CHECK(again.token == first.token);
  CHECK(again.room.version == first.room.version);
  CHECK(refused(house.rooms.join(id, "made up")) == Refusal::wrong_token);
}

TEST_CASE("tokens and ids differ") {
  House house;
  const auto a = allowed(house.rooms.create(false));
  const auto b = allowed(house.rooms.create(false));
  CHECK(a.id != b.id);
  CHECK(a.id.size() == 10);
  CHECK(allowed(house.rooms.join(a.id, "")).token != allowed(house.rooms.join(a.id, "")).token);
}

TEST_CASE("an unknown room is refused everywhere") {
  House house;
  CHECK(refused(house.rooms.find("nope")) == Refusal::no_such_room);
  CHECK(refused(house.rooms.join("nope", "")) == Refusal::no_such_room);
  CHECK(refused(house.rooms.play("nope", "t", 0)) == Refusal::no_such_room);
  CHECK(refused(house.rooms.rematch("nope", "t")) == Refusal::no_such_room);
}

TEST_CASE("rooms are limited, and expired ones make place") {
  House house({.max_rooms = 1});
  const std::string id = allowed(house.rooms.create(false)).id;
  CHECK(refused(house.rooms.create(false)) == Refusal::too_many_rooms);
  house.now += std::chrono::seconds(std::chrono::days(1)).count();
  run(house.rooms.expire());
  CHECK(exists(house, id));
  house.now += 1;
  run(house.rooms.expire());
  CHECK_FALSE(exists(house, id));
  allowed(house.rooms.create(false));
}

TEST_CASE("joining makes a room young again") {
  House house;
  const std::string id = allowed(house.rooms.create(false)).id;
  house.now += 80'000;
  allowed(house.rooms.join(id, ""));
  house.now += 80'000;
  run(house.rooms.expire());
  CHECK(exists(house, id));
}

TEST_CASE("only listed rooms are open to strangers") {
  House house;
  allowed(house.rooms.create(false));
  const std::string listed = allowed(house.rooms.create(true)).id;
  const auto open = run(house.rooms.open());
  REQUIRE(open.size() == 1);
  CHECK(open[0].id == listed);
}

TEST_CASE("of many who race for two seats exactly two get one, across two processes' stores") {
  const TempDir dir;
  House here({}, dir.file("game.db"));
  House there({}, dir.file("game.db"));
  const std::string id = allowed(here.rooms.create(false)).id;
  std::atomic<int> xs = 0, os = 0;
  std::vector<std::thread> players;
  for (int i = 0; i < 8; ++i) {
    players.emplace_back([&, i] {
      const auto result = run((i % 2 ? here : there).rooms.join(id, ""));
      if (const auto* seated = std::get_if<Rooms::Seated>(&result)) {
        xs += seated->seat == Mark::x;
        os += seated->seat == Mark::o;
      }
    });
  }
  for (auto& player : players) player.join();
  CHECK(xs == 1);
  CHECK(os == 1);
}

TEST_CASE("of many simultaneous clicks of one player exactly one is a move, across two processes' stores") {
  const TempDir dir;
  House here({}, dir.file("game.db"));
  House there({}, dir.file("game.db"));
  const std::string id = allowed(here.rooms.create(false)).id;
  const std::string token = allowed(here.rooms.join(id, "")).token;
  allowed(here.rooms.join(id, ""));
  std::atomic<int> moved = 0, too_late = 0;
  std::vector<std::thread> clicks;
  for (int i = 0; i < 8; ++i) {
    clicks.emplace_back([&, i] {
      const auto result = run((i % 2 ? here : there).rooms.play(id, token, i));
      const auto* refusal = std::get_if<Refusal>(&result);
      moved += refusal == nullptr;
      too_late += refusal && *refusal == Refusal::not_your_turn;
    });
  }
  for (auto& click : clicks) click.join();
  CHECK(moved == 1);
  CHECK(too_late == 7);
  CHECK(allowed(there.rooms.find(id)).game.moves().size() == 1);
}
