#include "answers.hpp"

#include <appserve/json.hpp>
#include <utility>

#include "views.hpp"

namespace tictactoe {

using appserve::Response;

Response error(int status, std::string code, std::string text) {
  return Response::json(ErrorView{.error = std::move(text), .code = std::move(code)}).status(status);
}

Response to_response(Refusal refusal) {
  switch (refusal) {
    case Refusal::no_such_room:
      return error(404, "no_such_room", "There is no such room, or not any more.");
    case Refusal::wrong_token:
      return error(403, "wrong_token", "This token has no seat in this room.");
    case Refusal::bad_cell:
      return error(422, "bad_cell", "A cell is a number from 0 to 8.");
    case Refusal::cell_taken:
      return error(409, "cell_taken", "This cell is taken.");
    case Refusal::not_your_turn:
      return error(409, "not_your_turn", "It is not your turn.");
    case Refusal::game_over:
      return error(409, "game_over", "The game is over; start another round.");
    case Refusal::game_not_over:
      return error(409, "game_not_over", "The game is not over yet.");
    case Refusal::waiting_for_opponent:
      return error(409, "waiting_for_opponent", "Your opponent is not here yet.");
    case Refusal::too_many_rooms:
      break;
  }
  return error(503, "too_many_rooms", "All rooms are taken. Try again later.").header("retry-after", "600");
}

std::string tag_of(const Room& room) { return "\"" + std::to_string(room.version) + "\""; }

Response to_response(const Room& room) {
  return Response::json(view_of(room)).header("etag", tag_of(room)).header("cache-control", "no-cache");
}

Response to_response(const Rooms::Seated& seated) {
  const std::string seat = seated.seat == Mark::none ? "spectator" : std::string(1, static_cast<char>(seated.seat));
  return Response::json(SeatView{.seat = seat, .token = seated.token, .room = view_of(seated.room)})
      .header("cache-control", "no-store");
}

}  // namespace tictactoe
