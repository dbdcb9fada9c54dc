#include "http/head_gate.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "http/chars.hpp"
#include "http/method.hpp"

namespace appserve::http {
namespace {

constexpr std::size_t kEmptyLineBytes = 4;  // empty lines tolerated before a request line (RFC 9112 2.2): two

// Eight octets at a time. A mask has bit 7 of an octet set where the octet is of the wanted kind; its lowest such octet
// is exact, those above may be false.
using Word = std::uint64_t;

constexpr Word repeat(std::uint8_t octet) { return 0x0101010101010101U * octet; }
constexpr Word kTopBits = repeat(0x80);

constexpr Word mask_below(Word word, std::uint8_t limit) { return (word - repeat(limit)) & ~word & kTopBits; }

/// Controls, HTAB among them: what a line of text stops at.
constexpr Word mask_controls(Word word) { return mask_below(word, 0x20) | mask_below(word ^ repeat(0x7f), 1); }

/// All but visible ASCII.
constexpr Word mask_invisible(Word word) {
  return mask_below(word, 0x21) | ((((word & ~kTopBits) + repeat(1)) | word) & kTopBits);
}

/// The first place at or after `at` that `mask` finds, or the end.
template <class Mask>
std::size_t skip(std::string_view bytes, std::size_t at, Mask mask) {
  Word word = 0;
  for (; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    if (const Word found = mask(word)) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  word = repeat('x');
  std::memcpy(&word, bytes.data() + at, bytes.size() - at);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  const Word found = mask(word);
  return found != 0 ? at + static_cast<std::size_t>(std::countr_zero(found)) / 8 : bytes.size();
}

constexpr std::string_view why_not_text(char c) {
  if (c == '\n') return "a line of the head ends in LF without CR";
  if (c == '\0') return "there is a NUL in the head";
  return "there is a control character in the head";
}

}  // namespace

HeadGate::Move HeadGate::refuse(int status, std::string_view why) {
  refusal_ = {status, why};
  return Move::refuse;
}

HeadScan HeadGate::scan(std::string_view input, const Limits& limits) {
  while (true) {
    const std::size_t end = start_ + limits.head;
    const Move move = step(input.substr(0, end), limits);
    if (move == Move::on) continue;
    if (move == Move::complete) return {HeadScan::State::complete, at_, {}};
    if (move == Move::refuse) return {HeadScan::State::refused, 0, refusal_};
    if (input.size() < end) return {HeadScan::State::incomplete, 0, {}};
    const bool in_target = part_ <= Part::target;
    return {HeadScan::State::refused, 0,
            Refusal{in_target ? 414 : 431, in_target ? "the request target is too long" : "the head is too large"}};
  }
}

HeadGate::Move HeadGate::step(std::string_view window, const Limits& limits) {
  switch (part_) {
    case Part::empty_lines:
      return skip_empty_lines(window);
    case Part::method:
      return read_method(window);
    case Part::target:
      return read_target(window, limits.target);
    case Part::version:
      return read_version(window);
    case Part::line_start:
      return begin_line(window, limits.fields);
    case Part::line:
      return read_line(window);
  }
  return Move::refuse;
}

HeadGate::Move HeadGate::skip_empty_lines(std::string_view window) {
  if (at_ >= window.size()) return Move::more;
  const char first = window[at_];
  if (first == '\r') {
    if (start_ == kEmptyLineBytes) return refuse(400, "too many empty lines before the request line");
    if (at_ + 1 >= window.size()) return Move::more;
    if (window[at_ + 1] != '\n') return refuse(400, "there is a CR without LF in the head");
    at_ += 2;
    start_ = at_;
    return Move::on;
  }
  if (first == '\x16') return refuse(400, "this looks like a TLS handshake; the port speaks plain HTTP");
  part_ = Part::method;
  return Move::on;
}

HeadGate::Move HeadGate::read_method(std::string_view window) {
  const auto name = window.substr(start_, kLongestMethod + 1);
  std::size_t size = at_ - start_;
  while (size < name.size() && chars::is(name[size], chars::kToken)) ++size;
  at_ = start_ + static_cast<std::uint32_t>(size);
  if (size > kLongestMethod) return refuse(501, "the method is not known here");
  if (size == name.size()) return Move::more;
  if (name[size] != ' ' || size == 0) return refuse(400, "the request line does not begin with a method and one space");
  const auto found = find_method(name.substr(0, size));
  method_known_ = found.has_value();
  method_ = found.value_or(Method::other);
  method_end_ = at_++;
  part_ = Part::target;
  return Move::on;
}

HeadGate::Move HeadGate::read_target(std::string_view window, std::size_t most) {
  const std::size_t first = method_end_ + 1U;
  const std::size_t end = std::min(window.size(), first + most + 1);
  at_ = static_cast<std::uint32_t>(skip(window.substr(0, end), at_, mask_invisible));
  if (at_ - first > most) return refuse(414, "the request target is too long");
  if (at_ == end) return Move::more;
  const char stop = window[at_];
  if (stop == '\r' || stop == '\n') return refuse(400, "the request line has no HTTP version");
  if (stop != ' ') return refuse(400, "the request target holds an octet that is not visible ASCII");
  if (at_ == first) return refuse(400, "the request line has more than one space before the target");
  target_end_ = at_++;
  part_ = Part::version;
  return Move::on;
}

HeadGate::Move HeadGate::read_version(std::string_view window) {
  static constexpr std::string_view kPattern = "HTTP/d.d\r\n";
  const std::size_t first = target_end_ + 1U;
  if (window.substr(first).starts_with("HTTP/1.1\r\n")) at_ = static_cast<std::uint32_t>(first + kPattern.size());
  for (; at_ - first < kPattern.size(); ++at_) {
    if (at_ >= window.size()) return Move::more;
    const char wanted = kPattern[at_ - first], got = window[at_];
    if (wanted == 'd' ? !ascii::is_digit(got) : got != wanted) {
      return refuse(400, "the request line does not end in HTTP/1.1, CR and LF");
    }
  }
  if (window[first + 5] != '1') return refuse(505, "only HTTP/1.x is spoken here");
  if (!method_known_) return refuse(501, "the method is not known here");
  minor_ = static_cast<std::uint8_t>(window[first + 7] - '0');
  part_ = Part::line_start;
  return Move::on;
}

HeadGate::Move HeadGate::begin_line(std::string_view window, std::size_t most) {
  if (at_ >= window.size()) return Move::more;
  switch (window[at_]) {
    case '\r':
      if (at_ + 1 >= window.size()) return Move::more;
      if (window[at_ + 1] != '\n') return refuse(400, "there is a CR without LF in the head");
      at_ += 2;
      return Move::complete;
    case ' ':
    case '\t':
      return refuse(400, "a header line is folded, or begins with white space");
    case ':':
      return refuse(400, "a header line has no field name");
    default:
      if (++fields_ > most) return refuse(431, "there are too many header fields");
      part_ = Part::line;
      return Move::on;
  }
}

HeadGate::Move HeadGate::read_line(std::string_view window) {
  std::size_t at = skip(window, at_, mask_controls);
  while (at < window.size() && window[at] == '\t') {
    tabs_ = true;
    at = skip(window, at + 1, mask_controls);
  }
  at_ = static_cast<std::uint32_t>(at);
  if (at == window.size()) return Move::more;
  if (window[at] != '\r') return refuse(400, why_not_text(window[at]));
  if (at + 1 == window.size()) return Move::more;
  if (window[at + 1] != '\n') return refuse(400, "there is a CR without LF in the head");
  at_ += 2;
  part_ = Part::line_start;
  return Move::on;
}

}  // namespace appserve::http
