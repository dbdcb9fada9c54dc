#include "http/head_gate.hpp"

#include <algorithm>
#include <cstring>

#include "http/chars.hpp"
#include "http/method.hpp"
#include "http/octets.hpp"

namespace appserve::http {
namespace {

constexpr std::size_t kEmptyLineBytes = 4;  // empty lines tolerated before a request line (RFC 9112 2.2): two

constexpr std::string_view front(std::string_view text, std::size_t size) {
  return {text.data(), std::min(text.size(), size)};
}

constexpr const char* why_not_text(char c) {
  if (c == '\n') return "a line of the head ends in LF without CR";
  if (c == '\0') return "there is a NUL in the head";
  return "there is a control character in the head";
}

}  // namespace

HeadGate::Move HeadGate::refuse(std::int16_t status, const char* why) {
  status_ = status;
  why_ = why;
  return Move::refuse;
}

HeadScan HeadGate::scan(std::string_view input, const Limits& limits) {
  Move move = part_ == Part::empty_lines ? skip_empty_lines(input) : Move::on;
  const std::size_t end = start_ + limits.head;  // empty lines do not count
  if (move == Move::on) move = walk(front(input, end), limits);
  if (move == Move::complete) return {HeadScan::State::complete, at_, {}};
  if (move == Move::refuse) return {HeadScan::State::refused, 0, Refusal{status_, why_}};
  if (input.size() < end) return {HeadScan::State::incomplete, 0, {}};
  const bool in_target = part_ <= Part::target;
  return {HeadScan::State::refused, 0,
          Refusal{in_target ? 414 : 431, in_target ? "the request target is too long" : "the head is too large"}};
}

// From the part it has come to, through all that follow.
HeadGate::Move HeadGate::walk(std::string_view window, const Limits& limits) {
  Move move = Move::on;
  switch (part_) {
    case Part::empty_lines:
    case Part::method:
      if ((move = read_method(window)) != Move::on) return move;
      [[fallthrough]];
    case Part::target:
      if ((move = read_target(window, limits.target)) != Move::on) return move;
      [[fallthrough]];
    case Part::version:
      if ((move = read_version(window)) != Move::on) return move;
      [[fallthrough]];
    case Part::line_start:
      move = begin_line(window, limits.fields);
      break;
    case Part::line:
      break;
  }
  while (move == Move::on)
    if ((move = read_line(window)) == Move::on) move = begin_line(window, limits.fields);
  return move;
}

HeadGate::Move HeadGate::skip_empty_lines(std::string_view window) {
  for (;;) {
    if (at_ >= window.size()) return Move::more;
    if (window[at_] != '\r') break;
    if (start_ == kEmptyLineBytes) return refuse(400, "too many empty lines before the request line");
    if (at_ + 1 >= window.size()) return Move::more;
    if (window[at_ + 1] != '\n') return refuse(400, "there is a CR without LF in the head");
    at_ += 2;
    start_ = at_;
  }
  if (window[at_] == '\x16') return refuse(400, "this looks like a TLS handshake; the port speaks plain HTTP");
  part_ = Part::method;
  return Move::on;
}

HeadGate::Move HeadGate::read_method(std::string_view window) {
  const std::string_view name = front({window.data() + start_, window.size() - start_}, kLongestMethod + 1);
  std::size_t size = at_ - start_;
  while (size < name.size() && chars::is(name[size], chars::kToken)) ++size;
  at_ = start_ + static_cast<std::uint32_t>(size);
  if (size > kLongestMethod) return refuse(501, "the method is not known here");
  if (size == name.size()) return Move::more;
  if (name[size] != ' ' || size == 0) return refuse(400, "the request line does not begin with a method and one space");
  const auto found = find_method(front(name, size));
  method_known_ = found.has_value();
  method_ = found.value_or(Method::other);
  method_end_ = at_++;
  part_ = Part::target;
  return Move::on;
}

HeadGate::Move HeadGate::read_target(std::string_view window, std::size_t most) {
  const std::size_t first = method_end_ + 1U;
  const std::size_t end = std::min(window.size(), first + most + 1);
  at_ = static_cast<std::uint32_t>(octets::skip(front(window, end), at_, octets::invisible));
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
  static constexpr std::string_view kPattern = "HTTP/d.d\r\n", kCommon = "HTTP/1.1\r\n";
  const std::size_t first = target_end_ + 1U;
  if (window.size() >= first + kCommon.size() && std::memcmp(&window[first], kCommon.data(), kCommon.size()) == 0)
    at_ = static_cast<std::uint32_t>(first + kCommon.size());
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
  std::size_t at = octets::skip(window, at_, octets::controls);
  while (at < window.size() && window[at] == '\t') {
    tabs_ = true;
    at = octets::skip(window, at + 1, octets::controls);
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
