#include "app/recycler.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

using namespace appserve::app;

TEST_CASE("a freed block is used again for the same size") {
  void* block = recycled_alloc(100);
  recycled_free(block, 100);
  CHECK(recycled_alloc(120) == block);  // the same class: up to 128 bytes
  recycled_free(block, 120);
}

TEST_CASE("blocks of every size are aligned, whole and apart") {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t size : {0U, 1U, 63U, 64U, 65U, 1000U, 4096U, 4097U, 100'000U}) {
    auto* block = static_cast<unsigned char*>(recycled_alloc(size));
    REQUIRE(block != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t) == 0);
    std::memset(block, static_cast<int>(size % 251), size);
    blocks.emplace_back(block, size);
  }
  for (const auto& [block, size] : blocks) {
    for (std::size_t i = 0; i < size; ++i) REQUIRE(block[i] == size % 251);
    recycled_free(block, size);
  }
}

TEST_CASE("a block may be freed on another thread, and null anywhere") {
  void* block = recycled_alloc(200);
  std::thread([block] {
    recycled_free(block, 200);
    recycled_free(nullptr, 200);
    void* again = recycled_alloc(200);
    CHECK(again == block);
    recycled_free(again, 200);
  }).join();
}

TEST_CASE("what a thread keeps is bounded") {
  std::vector<void*> blocks;
  for (int i = 0; i < 1000; ++i) blocks.push_back(recycled_alloc(4096));
  for (void* block : blocks) recycled_free(block, 4096);  // the leak checker sees what is lost
  CHECK(blocks.size() == 1000);
}
