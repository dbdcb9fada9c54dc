// Text put together without memory from the heap, locks or locales: for signal handlers. What does not fit is left out.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace appserve::trace {

class Words {
 public:
  /// As it is; bytes that are no printable ASCII become \xNN.
  Words& operator<<(std::string_view text) noexcept;
  Words& dec(std::uint64_t number) noexcept;
  Words& hex(std::uint64_t number) noexcept;  // 0x18
  Words& newline() noexcept;

  std::string_view view() const noexcept { return {text_.data(), size_}; }
  bool empty() const noexcept { return size_ == 0; }
  void clear() noexcept { size_ = 0; }

 private:
  void put(char c) noexcept {
    if (size_ < text_.size()) text_[size_++] = c;
  }
  std::array<char, 1024> text_{};
  std::size_t size_ = 0;
};

}  // namespace appserve::trace
