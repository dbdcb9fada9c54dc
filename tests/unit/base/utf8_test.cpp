#include "base/utf8.hpp"

#include <doctest/doctest.h>

#include <string>

namespace appserve {
namespace {

TEST_CASE("well-formed UTF-8 has no invalid byte") {
  CHECK(utf8::find_invalid("") == std::string::npos);
  CHECK(utf8::find_invalid("plain \x01\x7F") == std::string::npos);
  CHECK(utf8::find_invalid("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF") ==
        std::string::npos);
}

TEST_CASE("the first byte that is not well-formed is found") {
  CHECK(utf8::find_invalid("ab\xFF") == 2);
  CHECK(utf8::find_invalid("\x80") == 0);          // a continuation alone
  CHECK(utf8::find_invalid("a\xC3") == 1);         // cut
  CHECK(utf8::find_invalid("a\xC3(") == 1);        // no continuation
  CHECK(utf8::find_invalid("\xC0\xAF") == 0);      // overlong
  CHECK(utf8::find_invalid("\xE0\x80\xAF") == 0);  // overlong
  CHECK(utf8::find_invalid("\xF0\x80\x80\xAF") == 0);
  CHECK(utf8::find_invalid("\xED\xA0\x80") == 0);      // half a surrogate pair
  CHECK(utf8::find_invalid("\xF4\x90\x80\x80") == 0);  // beyond U+10FFFF
  CHECK(utf8::find_invalid("\xF5\x80\x80\x80") == 0);
}

TEST_CASE("characters are counted in bytes, past the end one for one") {
  CHECK(utf8::byte_offset("abc", 2) == 2);
  CHECK(utf8::byte_offset("a\xC3\xA9z", 2) == 3);
  CHECK(utf8::byte_offset("\xE2\x82\xAC", 1) == 3);
  CHECK(utf8::byte_offset("ab", 4) == 4);
}

}  // namespace
}  // namespace appserve
