// The gate before the parser: finds the end of a head in linear time and refuses what no parser should see. Bare CR or
// LF, NUL and other controls, folded lines, a wrong request line, too much of anything (RFC 9112 2.2, 3, 5.2).
// Knows lines and octets, not what fields mean.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/refusal.hpp"

namespace appserve::http {

struct HeadScan {
  enum class State : std::uint8_t { incomplete, complete, refused };
  State state = State::incomplete;
  std::size_t size = 0;            // complete: bytes up to and including the blank line (leading CRLFs too)
  std::optional<Refusal> refusal;  // refused: told as early as the bytes allow
};

class HeadGate {
 public:
  /// `input`: all bytes since the last message. After `incomplete` call again with the same bytes and more; each byte
  /// is looked at once, and the outcome does not depend on how the bytes were cut.
  HeadScan scan(std::string_view input, const Limits& limits);

  /// A request line has begun: what came is more than empty lines.
  bool begun() const { return part_ != Part::empty_lines; }
  /// True once the method is read and known; `method` is valid then.
  bool knows_method() const { return method_known_; }
  Method method() const { return method_; }

  // Where things are, valid after `complete`; offsets into the scanned bytes.
  std::size_t start() const { return start_; }            // the request line, after empty lines
  std::size_t method_end() const { return method_end_; }  // one space follows, then the target
  std::size_t target_end() const { return target_end_; }  // one space follows, then the version
  int minor_version() const { return minor_; }            // as sent, 0 to 9
  bool has_tabs() const { return tabs_; }

 private:
  enum class Part : std::uint8_t { empty_lines, method, target, version, line_start, line };
  enum class Move : std::uint8_t { on, more, complete, refuse };

  Move walk(std::string_view window, const Limits& limits);
  Move skip_empty_lines(std::string_view window);
  Move read_method(std::string_view window);
  Move read_target(std::string_view window, std::size_t most);
  Move read_version(std::string_view window);
  Move begin_line(std::string_view window, std::size_t most);
  Move read_line(std::string_view window);
  Move refuse(std::int16_t status, const char* why);

  const char* why_ = nullptr;  // when refused
  std::uint32_t at_ = 0;       // bytes looked at
  std::uint32_t start_ = 0, method_end_ = 0, target_end_ = 0;
  std::uint32_t fields_ = 0;
  Part part_ = Part::empty_lines;
  Method method_ = Method::other;
  std::uint8_t minor_ = 1;
  bool method_known_ = false;
  bool tabs_ = false;
  std::int16_t status_ = 0;  // when refused
};

}  // namespace appserve::http
