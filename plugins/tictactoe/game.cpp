#include "game.hpp"

namespace tictactoe {
namespace {

constexpr Line kLines[] = {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}};

}  // namespace

std::optional<Game> Game::replay(Mark starter, std::string_view moves) {
  Game game(starter);
  for (const char digit : moves) {
    if (game.play(game.turn(), digit - '0')) return std::nullopt;
  }
  return game;
}

std::optional<Game::Refusal> Game::play(Mark who, int cell) {
  if (cell < 0 || cell >= kCells) return Refusal::bad_cell;
  if (over()) return Refusal::over;
  if (who != turn()) return Refusal::not_your_turn;
  if (at(cell) != Mark::none) return Refusal::taken;
  cells_[static_cast<std::size_t>(cell)] = who;
  moves_ += static_cast<char>('0' + cell);
  line_ = find_line();
  return std::nullopt;
}

Mark Game::turn() const {
  if (over()) return Mark::none;
  return moves_.size() % 2 == 0 ? starter_ : other(starter_);
}

std::optional<int> Game::last_cell() const {
  if (moves_.empty()) return std::nullopt;
  return moves_.back() - '0';
}

std::string Game::board() const {
  std::string text;
  for (const Mark mark : cells_) text += static_cast<char>(mark);
  return text;
}

std::optional<Line> Game::find_line() const {
  for (const Line& line : kLines) {
    const auto [a, b, c] = line;
    if (at(a) != Mark::none && at(a) == at(b) && at(b) == at(c)) return line;
  }
  return std::nullopt;
}

}  // namespace tictactoe
