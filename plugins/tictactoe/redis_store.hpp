// Rooms in Redis, which any number of processes on any machines share. A change is one Lua script: it is written,
// listed and published to every process, or it is not made at all.
#pragma once
#include <appserve/redis.hpp>

#include "store.hpp"

namespace tictactoe {

class RedisStore final : public Store {
 public:
  /// While the app is being built; a Redis that is away is found when it comes. Throws StoreError for a bad URL.
  RedisStore(appserve::App& app, std::string_view url);

  appserve::Task<Created> create(Room room, std::int64_t max_rooms) override;
  appserve::Task<std::optional<Room>> load(std::string id) override;
  appserve::Task<bool> replace(Room room, std::int64_t expected) override;
  appserve::Task<std::vector<Room>> open_rooms(int limit) override;
  appserve::Task<> expire(Expiry expiry) override;

 private:
  appserve::Task<appserve::RedisReply> ask(appserve::RedisCommands command);
  appserve::Task<std::string> write(Room room, std::int64_t expected, std::int64_t max_rooms);
  appserve::Task<> follow_changes();
  appserve::Task<> hear_changes();

  appserve::Redis redis_;
  std::string channel_;
};

}  // namespace tictactoe
