#include "room.hpp"

#include <utility>

namespace tictactoe {
namespace {

bool same_secret(std::string_view a, std::string_view b) {
  if (a.empty() || a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

Refusal refusal_of(Game::Refusal reason) {
  switch (reason) {
    case Game::Refusal::bad_cell:
      return Refusal::bad_cell;
    case Game::Refusal::over:
      return Refusal::game_over;
    case Game::Refusal::not_your_turn:
      return Refusal::not_your_turn;
    case Game::Refusal::taken:
      break;
  }
  return Refusal::cell_taken;
}

void count_result(Score& score, const Game& game) {
  if (game.winner() == Mark::x) ++score.x;
  if (game.winner() == Mark::o) ++score.o;
  if (game.draw()) ++score.draws;
}

}  // namespace

Mark Room::seat_of(std::string_view token) const {
  const bool is_x = same_secret(token_x, token);
  const bool is_o = same_secret(token_o, token);
  if (is_x) return Mark::x;
  return is_o ? Mark::o : Mark::none;
}

Mark Room::take_seat(std::string token) {
  if (!has_free_seat()) return Mark::none;
  const Mark seat = token_x.empty() ? Mark::x : Mark::o;
  (seat == Mark::x ? token_x : token_o) = std::move(token);
  ++version;
  return seat;
}

std::optional<Refusal> Room::play(std::string_view token, int cell) {
  const Mark seat = seat_of(token);
  if (seat == Mark::none) return Refusal::wrong_token;
  if (has_free_seat()) return Refusal::waiting_for_opponent;
  if (const auto refused = game.play(seat, cell)) return refusal_of(*refused);
  if (game.over()) count_result(score, game);
  ++version;
  return std::nullopt;
}

std::optional<Refusal> Room::rematch(std::string_view token) {
  if (seat_of(token) == Mark::none) return Refusal::wrong_token;
  if (!game.over()) return Refusal::game_not_over;
  game = Game(starter(++round));
  ++version;
  return std::nullopt;
}

}  // namespace tictactoe
