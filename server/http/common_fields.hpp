// The fields every response carries, rendered ("Server: …\r\nDate: …\r\n"), and the commonest heads made with them.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace appserve::http {

class CommonFields {
 public:
  CommonFields() = default;
  /// Whole lines.
  explicit CommonFields(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }

  /// What most answers begin with: 200 in HTTP/1.1, a type, these fields, and all of Content-Length but its digits.
  /// Made when it is first asked for. Empty: such a type has no such head. Valid until the next call. [home]
  std::string_view plain_head(std::string_view content_type) const;

 private:
  static constexpr std::size_t kKept = 8;
  static constexpr std::size_t kLongestType = 128;
  struct PlainHead {
    std::string content_type, text;
  };

  std::string text_;
  mutable std::array<PlainHead, kKept> heads_;
  mutable std::size_t used_ = 0, next_ = 0;  // of heads_: made; to be made again
};

}  // namespace appserve::http
