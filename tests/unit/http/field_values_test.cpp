#include "http/field_values.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace appserve::http {
namespace {

std::vector<std::string> members(std::string_view list) {
  std::vector<std::string> all;
  while (const auto member = next_member(list)) all.emplace_back(*member);
  return all;
}

TEST_CASE("a comma list comes apart into trimmed members, empty ones too") {
  using Members = std::vector<std::string>;
  CHECK(members("a") == Members{"a"});
  CHECK(members(" a ,\tb\t") == Members{"a", "b"});
  CHECK(members("a,,b,") == Members{"a", "", "b", ""});
  CHECK(members("") == Members{""});
  CHECK(members({}) == Members{});
}

TEST_CASE("numbers are digits and nothing else") {
  CHECK(parse_decimal("0") == 0U);
  CHECK(parse_decimal("0005") == 5U);
  CHECK(parse_decimal("9223372036854775807") == 9223372036854775807U);
  for (const std::string text : {"", "-0", "-1", "+1", " 1", "1 ", "1a", "0x1", "1.0", "1,1", "1_0", "\xef\xbc\x95",
                                 "9223372036854775808", "18446744073709551616", "99999999999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text));
  }
}

}  // namespace
}  // namespace appserve::http
