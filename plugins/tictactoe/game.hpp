// The rules of tic-tac-toe: one game is who starts and the cells taken, in order; all else follows from that.
// Knows no players, rooms, storage or HTTP.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tictactoe {

enum class Mark : char { none = '.', x = 'X', o = 'O' };

constexpr Mark other(Mark mark) {
  if (mark == Mark::none) return Mark::none;
  return mark == Mark::x ? Mark::o : Mark::x;
}

/// Three cells in a row. Cells are counted 0 to 8, left to right, top to bottom.
using Line = std::array<int, 3>;

class Game {
 public:
  static constexpr int kCells = 9;
  enum class Refusal { bad_cell, over, not_your_turn, taken };

  explicit Game(Mark starter = Mark::x) : starter_(starter), cells_{} { cells_.fill(Mark::none); }

  /// The game in which `moves` were made, e.g. "408"; nothing when the rules forbid one of them.
  static std::optional<Game> replay(Mark starter, std::string_view moves);

  /// Puts `who` on `cell`, or changes nothing and says why not.
  std::optional<Refusal> play(Mark who, int cell);

  /// Whose move it is; none when the game is over.
  Mark turn() const;
  Mark winner() const { return line_ ? at((*line_)[0]) : Mark::none; }
  bool over() const { return line_.has_value() || moves_.size() == kCells; }
  bool draw() const { return over() && !line_; }
  /// The winner's row. (A last move may finish two rows: the first of them.)
  const std::optional<Line>& line() const { return line_; }
  std::optional<int> last_cell() const;
  Mark at(int cell) const { return cells_[static_cast<std::size_t>(cell)]; }
  /// The cells taken so far as digits, in order: what replay() reads.
  const std::string& moves() const { return moves_; }
  /// The nine cells as 'X', 'O' and '.'.
  std::string board() const;

 private:
  std::optional<Line> find_line() const;

  Mark starter_;
  std::array<Mark, kCells> cells_;
  std::string moves_;
  std::optional<Line> line_;
};

}  // namespace tictactoe
