// What one can do with rooms: each call is one atomic step on the store, whoever else plays in this or another
// process. Knows no HTTP.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "room.hpp"
#include "store.hpp"

namespace tictactoe {

template <class T>
using Result = std::variant<T, Refusal>;

/// Any loop. Tasks throw StoreError when the store fails.
class Rooms {
 public:
  struct Limits {
    std::int64_t max_rooms = 10'000;
    int lobby_rooms = 20;
    std::chrono::seconds keep_played = std::chrono::days(7);
    std::chrono::seconds keep_unplayed = std::chrono::days(1);
  };
  /// Seconds since 1970.
  using Clock = std::function<std::int64_t()>;

  struct Seated {
    Room room;
    Mark seat = Mark::none;  // none: a spectator
    std::string token;       // empty for a spectator
  };

  Rooms(std::unique_ptr<Store> store, Limits limits, Clock clock);

  std::int64_t now() const { return clock_(); }

  appserve::Task<Result<Room>> create(bool listed);
  appserve::Task<Result<Room>> find(std::string id);
  /// A known token gets its seat again; an empty one the first free seat; nobody a taken one.
  appserve::Task<Result<Seated>> join(std::string id, std::string token);
  appserve::Task<Result<Room>> play(std::string id, std::string token, int cell);
  appserve::Task<Result<Room>> rematch(std::string id, std::string token);
  /// Listed rooms that wait for a player, newest first.
  appserve::Task<std::vector<Room>> open();
  /// Deletes rooms nobody has touched for long.
  appserve::Task<> expire();

 private:
  /// Loads, changes and writes back, again if somebody was faster.
  appserve::Task<Result<Room>> change(std::string id, std::function<std::optional<Refusal>(Room&)> apply);

  std::unique_ptr<Store> store_;
  Limits limits_;
  Clock clock_;
};

}  // namespace tictactoe
