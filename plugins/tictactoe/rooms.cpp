#include "rooms.hpp"

#include <utility>

#include "random_id.hpp"

namespace tictactoe {

Rooms::Rooms(std::unique_ptr<Store> store, Limits limits, Clock clock)
    : store_(std::move(store)), limits_(limits), clock_(std::move(clock)) {}

Result<Room> Rooms::create(bool listed) {
  Room room;
  room.listed = listed;
  room.created_at = room.updated_at = clock_();
  for (;;) {
    room.id = random_id(kRoomIdLength);
    switch (store_->create(room, limits_.max_rooms)) {
      case Store::Created::yes:
        return room;
      case Store::Created::full:
        return Refusal::too_many_rooms;
      case Store::Created::id_taken:
        break;
    }
  }
}

Result<Room> Rooms::find(std::string_view id) {
  auto room = store_->load(id);
  if (!room) return Refusal::no_such_room;
  return *std::move(room);
}

Result<Rooms::Seated> Rooms::join(std::string_view id, std::string_view token) {
  Seated seated;
  auto joined = change(id, [&](Room& room) -> std::optional<Refusal> {
    seated.token = token;
    seated.seat = room.seat_of(token);
    if (seated.seat != Mark::none) return std::nullopt;
    if (!token.empty()) return Refusal::wrong_token;
    seated.token = random_id(kTokenLength);
    seated.seat = room.take_seat(seated.token);
    if (seated.seat == Mark::none) seated.token.clear();
    return std::nullopt;
  });
  if (const auto* refusal = std::get_if<Refusal>(&joined)) return *refusal;
  seated.room = std::get<Room>(std::move(joined));
  return seated;
}

Result<Room> Rooms::play(std::string_view id, std::string_view token, int cell) {
  return change(id, [&](Room& room) { return room.play(token, cell); });
}

Result<Room> Rooms::rematch(std::string_view id, std::string_view token) {
  return change(id, [&](Room& room) { return room.rematch(token); });
}

std::vector<Room> Rooms::open() { return store_->open_rooms(limits_.lobby_rooms); }

std::vector<std::string> Rooms::expire() {
  const std::int64_t now = clock_();
  return store_->expire(
      {.played_before = now - limits_.keep_played.count(), .unplayed_before = now - limits_.keep_unplayed.count()});
}

Result<Room> Rooms::change(std::string_view id, const std::function<std::optional<Refusal>(Room&)>& apply) {
  for (;;) {
    auto room = store_->load(id);
    if (!room) return Refusal::no_such_room;
    const std::int64_t loaded = room->version;
    if (const auto refused = apply(*room)) return *refused;
    if (room->version == loaded) return *std::move(room);  // nothing to write
    room->updated_at = clock_();
    if (store_->replace(*room, loaded)) return *std::move(room);
  }
}

}  // namespace tictactoe
