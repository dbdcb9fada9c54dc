// What the API shows of a room: plain structs whose members are the JSON's keys (README.md). Never a token.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "room.hpp"

namespace tictactoe {

struct SeatsView {
  bool x = false, o = false;  // taken
};

struct ScoreView {
  int x = 0, o = 0, draws = 0;
};

struct StateView {
  std::string id;
  std::int64_t version = 0;
  int round = 0;
  std::string status;  // waiting, playing, won, draw
  std::string board;
  std::optional<std::string> turn, winner;
  std::vector<int> line;
  std::optional<int> last;
  int moves = 0;
  SeatsView seats;
  ScoreView score;
};

struct SeatView {
  std::string seat;  // X, O, spectator
  std::string token;
  StateView room;
};

struct TableView {
  std::string id;
  std::int64_t age = 0;  // seconds
};

struct TablesView {
  std::vector<TableView> rooms;
};

struct ErrorView {
  std::string error;
  std::string code;
};

StateView view_of(const Room& room);

}  // namespace tictactoe
