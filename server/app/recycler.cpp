#include "app/recycler.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) (static_cast<void>(0))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) (static_cast<void>(0))
#endif

namespace appserve::app {
namespace {

constexpr std::size_t kStep = 64;                       // sizes are multiples of this
constexpr std::size_t kLargest = 4096;                  // above: malloc
constexpr std::size_t kGarbage = std::size_t{1} << 38;  // above: a mistake, not a size
constexpr std::size_t kClasses = kLargest / kStep;
constexpr std::size_t kKeptBytes = 256 * 1024;  // of one size, on one thread

struct Block {
  Block* next;
};

class FreeLists {
 public:
  constexpr FreeLists() {
    for (std::size_t size_class = 0; size_class < kClasses; ++size_class)
      lists_[size_class].room = static_cast<std::uint32_t>(kKeptBytes / ((size_class + 1) * kStep));
  }
  FreeLists(const FreeLists&) = delete;
  FreeLists& operator=(const FreeLists&) = delete;
  ~FreeLists();

  void* take(std::size_t size_class) {
    List& list = lists_[size_class];
    Block* block = list.first;
    if (block == nullptr) return nullptr;
    ASAN_UNPOISON_MEMORY_REGION(block, (size_class + 1) * kStep);
    list.first = block->next;
    ++list.room;
    return block;
  }

  bool keep(void* memory, std::size_t size_class) {
    List& list = lists_[size_class];
    if (list.room == 0) return false;
    --list.room;
    list.first = std::construct_at(static_cast<Block*>(memory), list.first);
    ASAN_POISON_MEMORY_REGION(memory, (size_class + 1) * kStep);
    return true;
  }

 private:
  struct List {
    Block* first = nullptr;
    std::uint32_t room = 0;  // for so many more
  };
  std::array<List, kClasses> lists_{};
};

thread_local bool ended = false;  // a plugin's static destructors may free after this thread's lists are gone
thread_local FreeLists free_lists;

FreeLists::~FreeLists() {
  ended = true;
  for (std::size_t size_class = 0; size_class < kClasses; ++size_class)
    while (void* block = take(size_class)) std::free(block);
}

constexpr std::size_t class_of(std::size_t bytes) { return bytes == 0 ? 0 : (bytes - 1) / kStep; }

}  // namespace

void* recycled_alloc(std::size_t bytes) noexcept {
  if (bytes > kGarbage) return nullptr;
  if (bytes > kLargest) return std::malloc(bytes);
  const std::size_t size_class = class_of(bytes);
  if (!ended)
    if (void* block = free_lists.take(size_class)) return block;
  return std::malloc((size_class + 1) * kStep);
}

void recycled_free(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  if (bytes > kLargest || ended || !free_lists.keep(block, class_of(bytes))) std::free(block);
}

}  // namespace appserve::app
