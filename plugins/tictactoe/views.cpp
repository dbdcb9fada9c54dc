#include "views.hpp"

namespace tictactoe {
namespace {

std::optional<std::string> name_of(Mark mark) {
  if (mark == Mark::none) return std::nullopt;
  return std::string(1, static_cast<char>(mark));
}

const char* status_of(const Room& room) {
  if (room.game.draw()) return "draw";
  if (room.game.over()) return "won";
  return room.has_free_seat() ? "waiting" : "playing";
}

}  // namespace

StateView view_of(const Room& room) {
  StateView view;
  view.id = room.id;
  view.version = room.version;
  view.round = room.round;
  view.status = status_of(room);
  view.board = room.game.board();
  view.turn = name_of(room.game.turn());
  view.winner = name_of(room.game.winner());
  if (const auto& line = room.game.line()) view.line.assign(line->begin(), line->end());
  view.last = room.game.last_cell();
  view.moves = static_cast<int>(room.game.moves().size());
  view.seats = {.x = !room.token_x.empty(), .o = !room.token_o.empty()};
  view.score = {.x = room.score.x, .o = room.score.o, .draws = room.score.draws};
  return view;
}

}  // namespace tictactoe
