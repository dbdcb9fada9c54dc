// Rooms in one SQLite file (WAL), which several processes on one machine may share. Knows no HTTP and no clock.
#pragma once
#include <mutex>

#include "sqlite.hpp"
#include "store.hpp"

namespace tictactoe {

class SqliteStore final : public Store {
 public:
  /// `path` may be ":memory:". Throws StoreError, also when the file belongs to something else or to a newer version.
  explicit SqliteStore(const std::string& path);

  Created create(const Room& room, std::int64_t max_rooms) override;
  std::optional<Room> load(std::string_view id) override;
  bool replace(const Room& room, std::int64_t expected) override;
  std::vector<Room> open_rooms(int limit) override;
  std::vector<std::string> expire(const Expiry& expiry) override;

 private:
  std::mutex turn_;  // one connection: callers take turns
  sqlite::Database db_;
  sqlite::Statement create_, load_, replace_, open_rooms_, expire_;
};

}  // namespace tictactoe
