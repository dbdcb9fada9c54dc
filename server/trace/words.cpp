#include "trace/words.hpp"

namespace appserve::trace {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

Words& Words::operator<<(std::string_view text) noexcept {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      put(c);
      continue;
    }
    put('\\');
    put('x');
    put(kDigits[byte >> 4]);
    put(kDigits[byte & 15]);
  }
  return *this;
}

Words& Words::dec(std::uint64_t number) noexcept {
  std::array<char, 20> digits;  // NOLINT: filled from the end
  std::size_t first = digits.size();
  do {
    digits[--first] = kDigits[number % 10];
    number /= 10;
  } while (number != 0);
  return *this << std::string_view(digits.data() + first, digits.size() - first);
}

Words& Words::hex(std::uint64_t number) noexcept {
  *this << "0x";
  int shift = 60;
  while (shift > 0 && (number >> shift) == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) put(kDigits[(number >> shift) & 15]);
  return *this;
}

Words& Words::newline() noexcept {
  put('\n');
  return *this;
}

}  // namespace appserve::trace
