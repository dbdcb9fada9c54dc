// The cells shared memory is made of: lock-free atomics that are right whenever their writer stops, at any instruction.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace appserve::scoreboard {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

/// A number with one writer at a time and any number of readers: a store each, no locked instruction.
template <class T>
class Number {
 public:
  T get() const { return value_.load(std::memory_order_relaxed); }
  void set(T value) { value_.store(value, std::memory_order_relaxed); }
  void add(T value) { set(static_cast<T>(get() + value)); }

 private:
  std::atomic<T> value_{};
};
using Counter = Number<std::uint64_t>;
using Gauge = Number<std::int64_t>;

/// Up to Size bytes of text, of any content; longer ones are cut. Torn while it is written: read it under a Guard.
template <std::size_t Size>
class Text {
 public:
  void put(std::string_view text) {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    const std::size_t size = std::min(text.size(), Size), whole = size / kWord * kWord;
    std::uint64_t word = 0;
    for (std::size_t at = 0; at < whole; at += kWord) {
      std::memcpy(&word, text.data() + at, kWord);
      words_[at / kWord].store(word, std::memory_order_release);
    }
    if (size > whole) {
      if (size >= kWord) {
        std::memcpy(&word, text.data() + size - kWord, kWord);
        if constexpr (std::endian::native == std::endian::little)
          word >>= 8 * (kWord - size % kWord);
        else
          word <<= 8 * (kWord - size % kWord);
      } else {
        word = 0;
        std::memcpy(&word, text.data(), size);
      }
      words_[whole / kWord].store(word, std::memory_order_release);
    }
    size_.store(static_cast<std::uint32_t>(size), std::memory_order_release);
  }
  std::string get() const {
    std::string text(std::min<std::size_t>(size_.load(std::memory_order_acquire), Size), '\0');
    for (std::size_t at = 0; at < text.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t word = words_[at / sizeof(std::uint64_t)].load(std::memory_order_acquire);
      std::memcpy(text.data() + at, &word, std::min(sizeof word, text.size() - at));
    }
    return text;
  }

 private:
  static_assert(Size % sizeof(std::uint64_t) == 0);
  std::atomic<std::uint32_t> size_{};
  std::array<std::atomic<std::uint64_t>, Size / sizeof(std::uint64_t)> words_{};
};

/// Keeps the fields beside it whole for readers: even while they may be read, odd while they are written, or for ever
/// when the writer died in between. Fields are written with release, read with acquire.
class Guard {
 public:
  void begin_write() { sequence_.store(sequence_.load(std::memory_order_relaxed) | 1U, std::memory_order_relaxed); }
  void end_write() {
    sequence_.store((sequence_.load(std::memory_order_relaxed) | 1U) + 1U, std::memory_order_release);
  }
  /// Calls read() until it saw nothing change; false when the fields are being written, or were left unfinished.
  template <class Read>
  bool read(Read&& fields) const {
    for (int tries = 0; tries < 8; ++tries) {
      const std::uint32_t before = sequence_.load(std::memory_order_acquire);
      if ((before & 1U) != 0) continue;
      fields();
      if (sequence_.load(std::memory_order_relaxed) == before) return true;
    }
    return false;
  }

 private:
  std::atomic<std::uint32_t> sequence_{};
};

}  // namespace appserve::scoreboard
