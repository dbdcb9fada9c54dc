// Rooms in one SQLite file (WAL), which several processes on one machine may share; its calls block, so they run on the
// server's pool. Changes are told on the pool's thread that made them: no departed client can prevent it.
#pragma once
#include <mutex>

#include "sqlite.hpp"
#include "store.hpp"

namespace tictactoe {

class SqliteStore final : public Store {
 public:
  /// `path` may be ":memory:". Throws StoreError, also when the file belongs to something else or to a newer version.
  explicit SqliteStore(const std::string& path);

  appserve::Task<Created> create(Room room, std::int64_t max_rooms) override;
  appserve::Task<std::optional<Room>> load(std::string id) override;
  appserve::Task<bool> replace(Room room, std::int64_t expected) override;
  appserve::Task<std::vector<Room>> open_rooms(int limit) override;
  appserve::Task<> expire(Expiry expiry) override;

 private:
  Created create_now(const Room& room, std::int64_t max_rooms);
  std::optional<Room> load_now(const std::string& id);
  bool replace_now(const Room& room, std::int64_t expected);
  std::vector<Room> open_rooms_now(int limit);
  std::vector<std::string> expire_now(const Expiry& expiry);

  std::mutex turn_;  // one connection: callers take turns
  sqlite::Database db_;
  sqlite::Statement create_, load_, replace_, open_rooms_, expire_;
};

}  // namespace tictactoe
