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
  void* allocate(std::size_t bytes);
  /// Takes everything back; the first block is kept for the next user.
  void reset();

 private:
  static constexpr std::size_t kBlock = 2048;

  std::unique_ptr<std::byte[]> first_;
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> more_;
};

}  // namespace appserve::net
