#include "sqlite_store.hpp"

namespace tictactoe {
namespace {

constexpr std::int64_t kSchema = 1;                // PRAGMA user_version
constexpr std::int64_t kApplication = 0x54546F65;  // PRAGMA application_id: "TToe"

constexpr char kCreateSchema[] = R"(
  CREATE TABLE rooms (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, round INTEGER NOT NULL, moves TEXT NOT NULL,
    token_x TEXT NOT NULL, token_o TEXT NOT NULL, wins_x INTEGER NOT NULL, wins_o INTEGER NOT NULL,
    draws INTEGER NOT NULL, listed INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rooms_by_age ON rooms (updated_at);
  CREATE INDEX rooms_open ON rooms (created_at) WHERE listed = 1 AND (token_x = '' OR token_o = '');
  PRAGMA application_id = 1414819685;
  PRAGMA user_version = 1;
)";
static_assert(kApplication == 1414819685 && kSchema == 1);

#define ROOM_COLUMNS \
  "id, version, round, moves, token_x, token_o, wins_x, wins_o, draws, listed, created_at, updated_at"

bool is_up_to_date(sqlite::Database& db) {
  const std::int64_t schema = db.number("PRAGMA user_version");
  const std::int64_t application = db.number("PRAGMA application_id");
  if (application == kApplication && schema == kSchema) return true;
  if (application == kApplication && schema > kSchema) {
    db.fail("written by a newer tictactoe (schema " + std::to_string(schema) + ", this one knows " +
            std::to_string(kSchema) + ")");
  }
  if (db.number("SELECT count(*) FROM sqlite_schema") != 0) db.fail("this is the database of another program");
  return false;
}

void prepare_schema(sqlite::Database& db) {
  if (is_up_to_date(db)) return;
  sqlite::Transaction transaction(db);
  if (is_up_to_date(db)) return;  // another process was faster
  db.execute(kCreateSchema);
  transaction.commit();
}

sqlite::Database open(const std::string& path) {
  sqlite::Database db(path);
  db.execute("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  prepare_schema(db);
  return db;
}

void bind_all(sqlite::Run& run, const Room& room) {
  run.bind(room.id).bind(room.version).bind(room.round).bind(room.game.moves());
  run.bind(room.token_x).bind(room.token_o).bind(room.score.x).bind(room.score.o).bind(room.score.draws);
  run.bind(room.listed).bind(room.created_at).bind(room.updated_at);
}

Room read_room(const sqlite::Run& run) {
  Room room;
  room.id = run.text(0);
  room.version = run.number(1);
  room.round = static_cast<int>(run.number(2));
  auto game = Game::replay(Room::starter(room.round), run.text(3));
  if (!game) throw StoreError("room " + room.id + " holds moves against the rules: " + run.text(3));
  room.game = *game;
  room.token_x = run.text(4);
  room.token_o = run.text(5);
  room.score = {static_cast<int>(run.number(6)), static_cast<int>(run.number(7)), static_cast<int>(run.number(8))};
  room.listed = run.number(9) != 0;
  room.created_at = run.number(10);
  room.updated_at = run.number(11);
  return room;
}

}  // namespace

SqliteStore::SqliteStore(const std::string& path)
    : db_(open(path)),
      create_(db_, "INSERT INTO rooms (" ROOM_COLUMNS
                   ") SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 "
                   "WHERE (SELECT count(*) FROM rooms) < ?13"),
      load_(db_, "SELECT " ROOM_COLUMNS " FROM rooms WHERE id = ?1"),
      replace_(db_,
               "UPDATE rooms SET version = ?2, round = ?3, moves = ?4, token_x = ?5, token_o = ?6, wins_x = ?7, "
               "wins_o = ?8, draws = ?9, listed = ?10, created_at = ?11, updated_at = ?12 "
               "WHERE id = ?1 AND version = ?13"),
      open_rooms_(db_, "SELECT " ROOM_COLUMNS
                       " FROM rooms WHERE listed = 1 AND (token_x = '' OR token_o = '') "
                       "ORDER BY created_at DESC LIMIT ?1"),
      expire_(db_,
              "DELETE FROM rooms WHERE updated_at < ?1 OR (updated_at < ?2 AND moves = '' AND round = 1) "
              "RETURNING id") {}

appserve::Task<Store::Created> SqliteStore::create(Room room, std::int64_t max_rooms) {
  co_return co_await appserve::blocking([&] { return create_now(room, max_rooms); });
}

appserve::Task<std::optional<Room>> SqliteStore::load(std::string id) {
  co_return co_await appserve::blocking([&] { return load_now(id); });
}

appserve::Task<bool> SqliteStore::replace(Room room, std::int64_t expected) {
  co_return co_await appserve::blocking([&] {
    const bool written = replace_now(room, expected);
    if (written) tell({room.id, room});
    return written;
  });
}

appserve::Task<std::vector<Room>> SqliteStore::open_rooms(int limit) {
  co_return co_await appserve::blocking([&] { return open_rooms_now(limit); });
}

appserve::Task<> SqliteStore::expire(Expiry expiry) {
  co_await appserve::blocking([&] {
    for (const std::string& id : expire_now(expiry)) tell({id, std::nullopt});
  });
}

Store::Created SqliteStore::create_now(const Room& room, std::int64_t max_rooms) {
  const std::lock_guard lock(turn_);
  sqlite::Run run(create_);
  bind_all(run, room);
  run.bind(max_rooms);
  if (!run.insert()) return Created::id_taken;
  return db_.changes() == 1 ? Created::yes : Created::full;
}

std::optional<Room> SqliteStore::load_now(const std::string& id) {
  const std::lock_guard lock(turn_);
  sqlite::Run run(load_);
  run.bind(id);
  if (!run.step()) return std::nullopt;
  return read_room(run);
}

bool SqliteStore::replace_now(const Room& room, std::int64_t expected) {
  const std::lock_guard lock(turn_);
  sqlite::Run run(replace_);
  bind_all(run, room);
  run.bind(expected);
  run.step();
  return db_.changes() == 1;
}

std::vector<Room> SqliteStore::open_rooms_now(int limit) {
  const std::lock_guard lock(turn_);
  sqlite::Run run(open_rooms_);
  run.bind(limit);
  std::vector<Room> rooms;
  while (run.step()) rooms.push_back(read_room(run));
  return rooms;
}

std::vector<std::string> SqliteStore::expire_now(const Expiry& expiry) {
  const std::lock_guard lock(turn_);
  sqlite::Run run(expire_);
  run.bind(expiry.played_before).bind(expiry.unplayed_before);
  std::vector<std::string> ids;
  while (run.step()) ids.push_back(run.text(0));
  return ids;
}

}  // namespace tictactoe
