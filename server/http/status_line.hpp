// Status lines, rendered before they are needed. (reason_phrase is declared in refusal.hpp.)
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace appserve::http {

/// "HTTP/1.1 404 Not Found\r\n"; an unregistered code gets an empty reason. `status` has three digits.
class StatusLine {
 public:
  static constexpr std::size_t kLongest = 48;

  StatusLine(int status, int minor_version);
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::array<char, kLongest> own_;  // where it is not one of those rendered before
};

}  // namespace appserve::http
