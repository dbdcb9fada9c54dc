#include "redis_store.hpp"

#include <appserve/json.hpp>

namespace tictactoe {
namespace {

using appserve::RedisCommands;
using appserve::RedisError;
using appserve::RedisReply;
using appserve::Task;
using namespace std::chrono_literals;

// Room by room as JSON under its id, and three indexes: every room and every unplayed one by its age, and the lobby.
constexpr char kRoomPrefix[] = "tictactoe:room:";
constexpr char kRooms[] = "tictactoe:rooms";
constexpr char kUnplayed[] = "tictactoe:unplayed";
constexpr char kOpen[] = "tictactoe:open";

constexpr auto kTryAgain = 500ms;

// ARGV: id, room, version it is written over (0: none), most rooms, updated_at, unplayed, open, created_at, channel
constexpr char kWrite[] = R"(
  local stored = redis.call('GET', KEYS[1])
  if ARGV[3] == '0' then
    if stored then return 'id_taken' end
    if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return 'full' end
  elseif not stored or cjson.decode(stored).version ~= tonumber(ARGV[3]) then
    return 'changed'
  end
  redis.call('SET', KEYS[1], ARGV[2])
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1])
  local function list(key, wanted, score)
    if wanted == '1' then redis.call('ZADD', key, score, ARGV[1]) else redis.call('ZREM', key, ARGV[1]) end
  end
  list(KEYS[3], ARGV[6], ARGV[5])
  list(KEYS[4], ARGV[7], ARGV[8])
  redis.call('PUBLISH', ARGV[9], ARGV[2])
  return 'written'
)";

// ARGV: played before, unplayed before, prefix of rooms, channel. At most 2000 at a time: Redis serves others, too.
constexpr char kExpire[] = R"(
  local gone = 0
  local function clear(key, before)
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', '(' .. before, 'LIMIT', 0, 1000)) do
      redis.call('DEL', ARGV[3] .. id)
      for _, index in ipairs(KEYS) do redis.call('ZREM', index, id) end
      redis.call('PUBLISH', ARGV[4], cjson.encode({id = id}))
      gone = gone + 1
    end
  end
  clear(KEYS[1], ARGV[1])
  clear(KEYS[2], ARGV[2])
  return gone
)";

struct Stored {
  std::string id;
  std::int64_t version = 0;  // 0: the room is gone
  int round = 1;
  std::string moves, token_x, token_o;
  int wins_x = 0, wins_o = 0, draws = 0;
  bool listed = false;
  std::int64_t created_at = 0, updated_at = 0;
};

std::string encoded(const Room& room) {
  return appserve::to_json(Stored{.id = room.id,
                                  .version = room.version,
                                  .round = room.round,
                                  .moves = room.game.moves(),
                                  .token_x = room.token_x,
                                  .token_o = room.token_o,
                                  .wins_x = room.score.x,
                                  .wins_o = room.score.o,
                                  .draws = room.score.draws,
                                  .listed = room.listed,
                                  .created_at = room.created_at,
                                  .updated_at = room.updated_at});
}

Change decoded(std::string_view text) {
  std::string problem;
  const auto stored = appserve::from_json<Stored>(text, &problem);
  if (!stored) throw StoreError("Redis holds something that is no room: " + problem);
  if (stored->version == 0) return {stored->id, std::nullopt};
  Room room;
  room.id = stored->id;
  room.version = stored->version;
  room.round = stored->round;
  const auto game = Game::replay(Room::starter(room.round), stored->moves);
  if (!game) throw StoreError("room " + room.id + " holds moves against the rules: " + stored->moves);
  room.game = *game;
  room.token_x = stored->token_x;
  room.token_o = stored->token_o;
  room.score = {stored->wins_x, stored->wins_o, stored->draws};
  room.listed = stored->listed;
  room.created_at = stored->created_at;
  room.updated_at = stored->updated_at;
  return {stored->id, room};
}

appserve::Redis connect(appserve::App& app, std::string_view url) try {
  return {app, url};
} catch (const RedisError& error) {
  throw StoreError("state: " + std::string(error.what()));
}

}  // namespace

// Channels are the server's, not a database's: the number keeps apart what databases keep apart.
RedisStore::RedisStore(appserve::App& app, std::string_view url)
    : redis_(connect(app, url)), channel_("tictactoe:changes:" + std::to_string(redis_.database())) {
  app.on_start([this] { return follow_changes(); });
}

Task<Store::Created> RedisStore::create(Room room, std::int64_t max_rooms) {
  const std::string result = co_await write(std::move(room), 0, max_rooms);
  if (result == "full") co_return Created::full;
  co_return result == "written" ? Created::yes : Created::id_taken;
}

Task<bool> RedisStore::replace(Room room, std::int64_t expected) {
  const std::string result = co_await write(std::move(room), expected, 0);
  co_return result == "written";
}

Task<std::string> RedisStore::write(Room room, std::int64_t expected, std::int64_t max_rooms) {
  const bool unplayed = room.round == 1 && room.game.moves().empty();
  const bool open = room.listed && room.has_free_seat();
  RedisCommands script;
  script.add("EVAL", kWrite, 4, kRoomPrefix + room.id, kRooms, kUnplayed, kOpen, room.id, encoded(room), expected,
             max_rooms, room.updated_at, unplayed ? 1 : 0, open ? 1 : 0, room.created_at, channel_);
  const RedisReply result = co_await ask(std::move(script));
  co_return result.str();
}

Task<std::optional<Room>> RedisStore::load(std::string id) {
  const RedisReply found = co_await ask(RedisCommands().add("GET", kRoomPrefix + id));
  if (!found) co_return std::nullopt;
  co_return decoded(found.text()).room;
}

Task<std::vector<Room>> RedisStore::open_rooms(int limit) {
  std::vector<Room> rooms;
  const RedisReply ids = co_await ask(RedisCommands().add("ZREVRANGE", kOpen, 0, limit - 1));
  if (ids.size() == 0) co_return rooms;
  std::vector<std::string> keys = ids.strings();
  for (std::string& key : keys) key.insert(0, kRoomPrefix);
  keys.insert(keys.begin(), "MGET");
  RedisCommands get;
  get.add_words({keys.begin(), keys.end()});
  const RedisReply found = co_await ask(std::move(get));
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i])
      if (auto room = decoded(found[i].text()).room) rooms.push_back(*std::move(room));
  co_return rooms;
}

Task<> RedisStore::expire(Expiry expiry) {
  for (std::int64_t gone = 1; gone > 0;) {
    RedisCommands script;
    script.add("EVAL", kExpire, 3, kRooms, kUnplayed, kOpen, expiry.played_before, expiry.unplayed_before, kRoomPrefix,
               channel_);
    const RedisReply result = co_await ask(std::move(script));
    gone = result.integer();
  }
}

Task<RedisReply> RedisStore::ask(RedisCommands command) try {
  const std::vector<RedisReply> replies = co_await redis_.pipeline(std::move(command));
  if (replies[0].is_error()) throw StoreError(redis_.name() + ": " + replies[0].str());
  co_return replies[0];
} catch (const RedisError& error) {
  throw StoreError(error.what());
}

Task<> RedisStore::follow_changes() {
  for (;;) {
    try {
      co_await hear_changes();
    } catch (const RedisError&) {  // the commands' connection says it in the log
    }
    co_await appserve::sleep(kTryAgain);
  }
}

Task<> RedisStore::hear_changes() {
  auto changes = co_await redis_.subscribe(channel_);
  tell({});  // what was published before is not heard
  for (;;) {
    const appserve::RedisMessage message = co_await changes.next();
    tell(decoded(message.text));
  }
}

}  // namespace tictactoe
