#include "room.hpp"

#include <doctest/doctest.h>

using tictactoe::Mark;
using tictactoe::Refusal;
using tictactoe::Room;

namespace {

Room two_players() {
  Room room;
  CHECK(room.take_seat("xx") == Mark::x);
  CHECK(room.take_seat("oo") == Mark::o);
  return room;
}

void play(Room& room, const char* moves) {
  for (const char* cell = moves; *cell; ++cell) {
    REQUIRE_FALSE(room.play(room.game.turn() == Mark::x ? "xx" : "oo", *cell - '0'));
  }
}

}  // namespace

TEST_CASE("the first to come is X, the second O, all others watch") {
  Room room;
  CHECK(room.take_seat("a") == Mark::x);
  CHECK(room.has_free_seat());
  CHECK(room.take_seat("b") == Mark::o);
  CHECK_FALSE(room.has_free_seat());
  const auto version = room.version;
  CHECK(room.take_seat("c") == Mark::none);
  CHECK(room.version == version);
  CHECK(room.seat_of("c") == Mark::none);
}

TEST_CASE("a token stands for its seat only") {
  const Room room = two_players();
  CHECK(room.seat_of("xx") == Mark::x);
  CHECK(room.seat_of("oo") == Mark::o);
  CHECK(room.seat_of("xo") == Mark::none);
  CHECK(room.seat_of("x") == Mark::none);
  CHECK(room.seat_of("") == Mark::none);
}

TEST_CASE("an empty token never opens a free seat") { CHECK(Room().seat_of("") == Mark::none); }

TEST_CASE("nobody moves before both seats are taken") {
  Room room;
  room.take_seat("xx");
  CHECK(room.play("xx", 0) == Refusal::waiting_for_opponent);
}

TEST_CASE("a move needs a seat, the turn, and a free cell on the board") {
  Room room = two_players();
  CHECK(room.play("who", 0) == Refusal::wrong_token);
  CHECK(room.play("oo", 0) == Refusal::not_your_turn);
  CHECK(room.play("xx", 9) == Refusal::bad_cell);
  CHECK_FALSE(room.play("xx", 0));
  CHECK(room.play("oo", 0) == Refusal::cell_taken);
}

TEST_CASE("every allowed change raises the version by one, a refused one leaves it") {
  Room room = two_players();
  const auto version = room.version;
  play(room, "0");
  CHECK(room.version == version + 1);
  CHECK(room.play("xx", 1) == Refusal::not_your_turn);
  CHECK(room.version == version + 1);
}

TEST_CASE("a finished game is counted once, and only a rematch goes on") {
  Room room = two_players();
  play(room, "03142");
  CHECK(room.score == tictactoe::Score{1, 0, 0});
  CHECK(room.play("oo", 5) == Refusal::game_over);
  CHECK(room.rematch("who") == Refusal::wrong_token);
  CHECK_FALSE(room.rematch("oo"));
  CHECK(room.round == 2);
  CHECK(room.game.board() == ".........");
  CHECK(room.rematch("xx") == Refusal::game_not_over);
}

TEST_CASE("the starter changes with every round, the marks stay") {
  Room room = two_players();
  play(room, "03142");
  room.rematch("xx");
  CHECK(room.game.turn() == Mark::o);
  play(room, "03142");
  CHECK(room.score == tictactoe::Score{1, 1, 0});
  room.rematch("xx");
  play(room, "041352678");
  CHECK(room.score == tictactoe::Score{1, 1, 1});
}
