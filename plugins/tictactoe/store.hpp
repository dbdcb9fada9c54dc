// Where rooms are kept. The interface is what any shared store can do atomically: one room by id, replaced only if
// nobody was faster, and news of it.
#pragma once
#include <appserve/app.hpp>
#include <cstdint>
#include <functional>
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

/// What has happened to a room, through whatever process: it has changed, or it is gone (no room). Without an id: news
/// may have been missed, look again.
struct Change {
  std::string id;
  std::optional<Room> room;
};

/// Any loop, several tasks at once. Tasks may throw StoreError.
class Store {
 public:
  enum class Created { yes, id_taken, full };
  struct Expiry {
    std::int64_t played_before = 0;    // rooms last changed before this go
    std::int64_t unplayed_before = 0;  // rooms without a single move last changed before this go
  };
  /// Any thread. A change may be told late, after a newer one.
  using Listener = std::function<void(const Change&)>;

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// Before anything else is called. Who listens hears of every change there is, as far as the store reaches: rooms in
  /// SQLite tell this process, rooms in Redis every process.
  void listen(Listener listener) { listener_ = std::move(listener); }

  /// Adds a room unless `max_rooms` exist already.
  virtual appserve::Task<Created> create(Room room, std::int64_t max_rooms) = 0;
  virtual appserve::Task<std::optional<Room>> load(std::string id) = 0;
  /// Writes `room` over its version `expected`. False: the stored room has another version by now, or is gone.
  virtual appserve::Task<bool> replace(Room room, std::int64_t expected) = 0;
  /// Listed rooms with a free seat, newest first.
  virtual appserve::Task<std::vector<Room>> open_rooms(int limit) = 0;
  /// Deletes old rooms.
  virtual appserve::Task<> expire(Expiry expiry) = 0;

 protected:
  void tell(const Change& change) const {
    if (listener_) listener_(change);
  }

 private:
  Listener listener_;
};

/// Opens what the setting `state` names: "sqlite:FILE", "sqlite::memory:", "redis://…" or "unix://…". While the app is
/// being built. Throws StoreError with a sentence for people.
std::unique_ptr<Store> open_store(appserve::App& app, std::string_view state);

}  // namespace tictactoe
