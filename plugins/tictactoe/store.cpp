#include "store.hpp"

#include "sqlite_store.hpp"

namespace tictactoe {

std::unique_ptr<Store> open_store(std::string_view state) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (state.starts_with(kSqlite) && state.size() > kSqlite.size()) {
    return std::make_unique<SqliteStore>(std::string(state.substr(kSqlite.size())));
  }
  throw StoreError(
      "state = \"" + std::string(state) +
      "\" names no store; use \"sqlite:FILE\", for example \"sqlite:tictactoe.db\", or \"sqlite::memory:\"");
}

}  // namespace tictactoe
