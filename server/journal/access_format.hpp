// How lines of the access log look: one of the known formats, or a text with {names} in it. Bytes of strangers are
// escaped, so that nobody forges a line or a field in quotes.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/access_line.hpp"

namespace appserve::journal {

class AccessFormat {
 public:
  /// "common", "combined", "json", or a text such as "{remote} {status} {header.referer}". Nothing when a name in it is
  /// not known; `wrong` is that name.
  static std::optional<AccessFormat> parse(std::string_view text, std::string& wrong);
  /// All names, for messages.
  static std::string names();

  /// Appends the line and '\n'; at most kLongest bytes.
  void append(std::string& out, const AccessLine& line) const;
  static constexpr std::size_t kLongest = 4000;

 private:
  enum class Value : unsigned char;
  struct Names;
  struct Out;
  struct Part {
    std::string literal;  // before the value
    Value value;
    std::string field;        // of the request, for Value::field
    std::size_t reserve = 0;  // for what follows
  };
  static void put(Out& out, const Part& part, const AccessLine& line);
  void reserve_room();

  std::vector<Part> parts_;
  std::string rest_;  // after the last value
  bool json_ = false;
};

}  // namespace appserve::journal
