// Numbers and texts as bytes and back, for records that never leave this machine. Knows no record.
#pragma once
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace appserve::supervisor {

class WireWriter {
 public:
  template <std::integral Number>
  void put(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// After the end everything reads as zero and empty, and ok() is false.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <std::integral Number>
  Number number() {
    Number value{};
    if (const std::string_view bytes = take(sizeof value); !bytes.empty())
      std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  bool flag() { return number<std::uint8_t>() != 0; }
  std::string text() { return std::string(take(number<std::uint32_t>())); }
  /// How many elements follow; never more than there are bytes for.
  std::uint32_t count() {
    const auto n = number<std::uint32_t>();
    if (n > rest_.size()) ok_ = false;
    return ok_ ? n : 0;
  }
  /// Everything was there, and nothing else.
  bool complete() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view take(std::size_t n) {
    if (n > rest_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace appserve::supervisor
