// Memory that is given out piece by piece and taken back all at once: what lives as long as one request.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace appserve::net {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Aligned for any object. Throws std::bad_alloc.
  void* allocate(std::size_t bytes) {
    constexpr std::size_t align = alignof(std::max_align_t);
    const std::size_t rounded = (bytes + align - 1) / align * align;
    if (rounded > room_) return allocate_more(rounded);
    void* place = free_;
    free_ += rounded;
    room_ -= rounded;
    return place;
  }
  /// Takes everything back; the first block is kept for the next user.
  void reset() {
    free_ = first_.get();
    room_ = first_ ? kBlock : 0;
    if (!more_.empty()) more_.clear();
  }

 private:
  static constexpr std::size_t kBlock = 2048;

  void* allocate_more(std::size_t bytes);

  std::byte* free_ = nullptr;  // of the first block
  std::size_t room_ = 0;
  std::unique_ptr<std::byte[]> first_;
  std::vector<std::unique_ptr<std::byte[]>> more_;
};

}  // namespace appserve::net
