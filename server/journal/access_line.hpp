// What one line of the access log can say, as plain values. Views are valid while the line is written.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "http/message.hpp"

namespace appserve::journal {

struct AccessLine {
  std::string_view second;      // the end, UTC: "2026-11-21T14:32:28"
  std::string_view clf_second;  // the same as "21/Nov/2026:14:32:28"
  int millisecond = 0;
  std::string_view remote;  // address and port
  std::string_view id;
  std::string_view first_line;                             // of what was no request
  std::string_view method, target, version, host, scheme;  // empty: not known
  std::string_view app, route;
  std::string_view ending;  // "answered", "refused", "left", "cut", "crashed"
  std::string_view why;     // of a refusal
  int status = 0;           // 0: no answer
  std::uint64_t bytes_in = 0, bytes_out = 0;
  Duration latency{}, took{};
  std::span<const http::Field> fields;  // of the request
};

}  // namespace appserve::journal
