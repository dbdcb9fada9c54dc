#include "game.hpp"

#include <doctest/doctest.h>

#include <set>

using tictactoe::Game;
using tictactoe::Mark;

namespace {

Game replayed(const char* moves, Mark starter = Mark::x) {
  const auto game = Game::replay(starter, moves);
  REQUIRE(game);
  return *game;
}

struct Tally {
  int x = 0, o = 0, draws = 0;
};

void play_all(const Game& game, Tally& tally, std::set<std::string>& positions) {
  positions.insert(game.board());
  if (game.over()) {
    ++(game.draw() ? tally.draws : game.winner() == Mark::x ? tally.x : tally.o);
    return;
  }
  for (int cell = 0; cell < Game::kCells; ++cell) {
    Game next = game;
    if (!next.play(next.turn(), cell)) play_all(next, tally, positions);
  }
}

}  // namespace

TEST_CASE("a new game is empty and waits for the starter") {
  CHECK(Game().board() == ".........");
  CHECK(Game().turn() == Mark::x);
  CHECK(Game(Mark::o).turn() == Mark::o);
  CHECK_FALSE(Game().over());
  CHECK_FALSE(Game().last_cell());
}

TEST_CASE("players take turns") {
  Game game;
  CHECK_FALSE(game.play(Mark::x, 4));
  CHECK(game.turn() == Mark::o);
  CHECK(game.play(Mark::x, 0) == Game::Refusal::not_your_turn);
  CHECK_FALSE(game.play(Mark::o, 0));
  CHECK(game.board() == "O...X....");
  CHECK(game.last_cell() == 0);
  CHECK(game.moves() == "40");
}

TEST_CASE("a refused move changes nothing") {
  Game game = replayed("40");
  CHECK(game.play(Mark::x, 0) == Game::Refusal::taken);
  CHECK(game.play(Mark::x, -1) == Game::Refusal::bad_cell);
  CHECK(game.play(Mark::x, 9) == Game::Refusal::bad_cell);
  CHECK(game.play(Mark::none, 5) == Game::Refusal::not_your_turn);
  CHECK(game.moves() == "40");
}

TEST_CASE("three in a row wins and ends the game") {
  Game game = replayed("03142");
  CHECK(game.over());
  CHECK(game.winner() == Mark::x);
  CHECK(game.line() == tictactoe::Line{0, 1, 2});
  CHECK(game.turn() == Mark::none);
  CHECK_FALSE(game.draw());
  CHECK(game.play(Mark::o, 5) == Game::Refusal::over);
}

TEST_CASE("whoever starts, the row's owner wins") { CHECK(replayed("03142", Mark::o).winner() == Mark::o); }

TEST_CASE("a full board without a row is a draw") {
  const Game game = replayed("041352678");
  CHECK(game.board() == "XXOOOXXOX");
  CHECK(game.draw());
  CHECK(game.winner() == Mark::none);
  CHECK_FALSE(game.line());
}

TEST_CASE("a win with the ninth move is a win, not a draw") {
  const Game game = replayed("031457682");
  CHECK(game.moves().size() == 9);
  CHECK(game.winner() == Mark::x);
  CHECK_FALSE(game.draw());
}

TEST_CASE("replay refuses what the rules forbid") {
  for (const char* moves : {"00", "9", "x", "031425", "0 1", "-1"}) {
    CAPTURE(moves);
    CHECK_FALSE(Game::replay(Mark::x, moves));
  }
}

TEST_CASE("all 255168 possible games end as mathematics says") {
  Tally tally;
  std::set<std::string> positions;
  play_all(Game(), tally, positions);
  CHECK(tally.x == 131184);
  CHECK(tally.o == 77904);
  CHECK(tally.draws == 46080);
  CHECK(positions.size() == 5478);
}
