#include "rooms.hpp"

#include <utility>

#include "random_id.hpp"

namespace tictactoe {

using appserve::Task;

Rooms::Rooms(std::unique_ptr<Store> store, Limits limits, Clock clock)
    : store_(std::move(store)), limits_(limits), clock_(std::move(clock)) {}

Task<Result<Room>> Rooms::create(bool listed) {
  Room room;
  room.listed = listed;
  room.created_at = room.updated_at = clock_();
  for (;;) {
    room.id = random_id(kRoomIdLength);
    const Store::Created created = co_await store_->create(room, limits_.max_rooms);
    if (created == Store::Created::yes) co_return room;
    if (created == Store::Created::full) co_return Refusal::too_many_rooms;
  }
}

Task<Result<Room>> Rooms::find(std::string id) {
  auto room = co_await store_->load(std::move(id));
  if (!room) co_return Refusal::no_such_room;
  co_return *std::move(room);
}

Task<Result<Rooms::Seated>> Rooms::join(std::string id, std::string token) {
  Seated seated;
  const auto sit = [&](Room& room) -> std::optional<Refusal> {
    seated.token = token;
    seated.seat = room.seat_of(token);
    if (seated.seat != Mark::none) return std::nullopt;
    if (!token.empty()) return Refusal::wrong_token;
    seated.token = random_id(kTokenLength);
    seated.seat = room.take_seat(seated.token);
    if (seated.seat == Mark::none) seated.token.clear();
    return std::nullopt;
  };
  auto joined = co_await change(std::move(id), sit);
  if (const auto* refusal = std::get_if<Refusal>(&joined)) co_return *refusal;
  seated.room = std::get<Room>(std::move(joined));
  co_return seated;
}

Task<Result<Room>> Rooms::play(std::string id, std::string token, int cell) {
  return change(std::move(id), [token = std::move(token), cell](Room& room) { return room.play(token, cell); });
}

Task<Result<Room>> Rooms::rematch(std::string id, std::string token) {
  return change(std::move(id), [token = std::move(token)](Room& room) { return room.rematch(token); });
}

Task<std::vector<Room>> Rooms::open() { return store_->open_rooms(limits_.lobby_rooms); }

Task<> Rooms::expire() {
  const std::int64_t now = clock_();
  return store_->expire(
      {.played_before = now - limits_.keep_played.count(), .unplayed_before = now - limits_.keep_unplayed.count()});
}

Task<Result<Room>> Rooms::change(std::string id, std::function<std::optional<Refusal>(Room&)> apply) {
  for (;;) {
    auto room = co_await store_->load(id);
    if (!room) co_return Refusal::no_such_room;
    const std::int64_t loaded = room->version;
    if (const auto refused = apply(*room)) co_return *refused;
    if (room->version == loaded) co_return *std::move(room);  // nothing to write
    room->updated_at = clock_();
    const bool written = co_await store_->replace(*room, loaded);
    if (written) co_return *std::move(room);
  }
}

}  // namespace tictactoe
