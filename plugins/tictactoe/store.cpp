#include "store.hpp"

#include "redis_store.hpp"
#include "sqlite_store.hpp"

namespace tictactoe {

std::unique_ptr<Store> open_store(appserve::App& app, std::string_view state) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (state.starts_with(kSqlite) && state.size() > kSqlite.size()) {
    return std::make_unique<SqliteStore>(std::string(state.substr(kSqlite.size())));
  }
  if (state.starts_with("redis") || state.starts_with("unix:")) return std::make_unique<RedisStore>(app, state);
  throw StoreError(
      "state = \"" + std::string(state) +
      "\" names no store; use \"sqlite:FILE\", for example \"sqlite:tictactoe.db\", or \"redis://127.0.0.1:6379/0\"");
}

}  // namespace tictactoe
