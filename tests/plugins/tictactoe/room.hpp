// A room for tests of stores.
#pragma once
#include <cstdint>

#include "store.hpp"

inline tictactoe::Room room(const char* id, std::int64_t at = 1000) {
  tictactoe::Room made;
  made.id = id;
  made.created_at = made.updated_at = at;
  return made;
}
