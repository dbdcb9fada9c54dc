#include "net/arena.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>

using appserve::net::Arena;

TEST_CASE("every piece is aligned and its own, also beyond the first block") {
  Arena arena;
  std::vector<char*> pieces;
  for (const std::size_t size : {1ul, 7ul, 64ul, 1000ul, 5000ul, 16ul, 3000ul}) {
    auto* piece = static_cast<char*>(arena.allocate(size));
    CHECK(reinterpret_cast<std::uintptr_t>(piece) % alignof(std::max_align_t) == 0);
    std::memset(piece, static_cast<int>(pieces.size()), size);
    pieces.push_back(piece);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) CHECK(pieces[i][0] == static_cast<char>(i));
}

TEST_CASE("after a reset the first block is used again") {
  Arena arena;
  void* first = arena.allocate(10);
  arena.allocate(100'000);
  arena.reset();
  CHECK(arena.allocate(10) == first);
}
