// A room: two seats, a game, a score, and what each holder of a seat may do. A plain value; every change that is
// allowed raises its version by one. Knows no storage, clock or HTTP.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "game.hpp"

namespace tictactoe {

/// Why a request about a room is turned down.
enum class Refusal {
  no_such_room,
  wrong_token,
  bad_cell,
  cell_taken,
  not_your_turn,
  game_over,
  game_not_over,
  waiting_for_opponent,
  too_many_rooms,
};

struct Score {
  int x = 0, o = 0, draws = 0;
  bool operator==(const Score&) const = default;
};

struct Room {
  std::string id;
  std::int64_t version = 1;
  int round = 1;
  Game game{Mark::x};
  std::string token_x, token_o;  // secrets of the seats; empty while the seat is free
  Score score;
  bool listed = false;                          // shown in the lobby while a seat is free
  std::int64_t created_at = 0, updated_at = 0;  // seconds since 1970

  /// Who starts a round: X the odd ones, O the even ones.
  static Mark starter(int round) { return round % 2 == 1 ? Mark::x : Mark::o; }

  bool has_free_seat() const { return token_x.empty() || token_o.empty(); }
  /// The seat a token stands for; none for a wrong or empty one. Takes the same time for every wrong token.
  Mark seat_of(std::string_view token) const;

  /// Takes the first free seat for the holder of `token`; none, and no change, when both are taken.
  Mark take_seat(std::string token);
  std::optional<Refusal> play(std::string_view token, int cell);
  /// Starts the next round after a finished one.
  std::optional<Refusal> rematch(std::string_view token);
};

}  // namespace tictactoe
