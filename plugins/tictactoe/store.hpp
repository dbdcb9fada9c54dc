// Where rooms are kept. The interface is what any shared store can do atomically (one room by id, replaced only if
// nobody was faster), so that a game on Redis is one more implementation and nothing else.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "room.hpp"

namespace tictactoe {

/// The store is broken, full or out of reach: not a matter of the game's rules.
struct StoreError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Any thread, several at once. Every call may block (use the blocking pool) and may throw StoreError.
class Store {
 public:
  enum class Created { yes, id_taken, full };
  struct Expiry {
    std::int64_t played_before = 0;    // rooms last changed before this go
    std::int64_t unplayed_before = 0;  // rooms without a single move last changed before this go
  };

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// Adds a room unless `max_rooms` exist already.
  virtual Created create(const Room& room, std::int64_t max_rooms) = 0;
  virtual std::optional<Room> load(std::string_view id) = 0;
  /// Writes `room` over its version `expected`. False: the stored room has another version by now, or is gone.
  virtual bool replace(const Room& room, std::int64_t expected) = 0;
  /// Listed rooms with a free seat, newest first.
  virtual std::vector<Room> open_rooms(int limit) = 0;
  /// Deletes old rooms and returns their ids.
  virtual std::vector<std::string> expire(const Expiry& expiry) = 0;
};

/// Opens what the setting `state` names: "sqlite:FILE" or "sqlite::memory:". Throws StoreError with a sentence for
/// people.
std::unique_ptr<Store> open_store(std::string_view state);

}  // namespace tictactoe
