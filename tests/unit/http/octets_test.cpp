#include "http/octets.hpp"

#include <doctest/doctest.h>

#include <string>

namespace appserve::http::octets {
namespace {

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }
bool is_invisible(unsigned char c) { return c < 0x21 || c >= 0x7f; }

// The first place octet by octet, as the definition says it.
template <class Is>
std::size_t slowly(std::string_view bytes, std::size_t at, Is is) {
  while (at < bytes.size() && !is(static_cast<unsigned char>(bytes[at]))) ++at;
  return at;
}

TEST_CASE("every octet at every place of texts of every length is found") {
  for (std::size_t size = 0; size <= 20; ++size)
    for (std::size_t place = 0; place < size; ++place)
      for (unsigned octet = 0; octet < 256; ++octet) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(octet);
        for (std::size_t at = 0; at <= size; at += 3) {
          REQUIRE(skip(text, at, controls) == slowly(text, at, is_control));
          REQUIRE(skip(text, at, invisible) == slowly(text, at, is_invisible));
        }
      }
}

TEST_CASE("what lies before the place where the search begins does not matter") {
  CHECK(skip("\n\n\n\n\n\n\n\n\nabc", 9, controls) == 12);
  CHECK(skip("\n\n\n\n\n\n\n\n\nab\r", 9, controls) == 11);
}

TEST_CASE("text has tabs and octets above ASCII, but no other controls") {
  CHECK(are_text({}));
  CHECK(are_text("a\tb \xc3\xa4 ~\t"));
  CHECK_FALSE(are_text("a\r"));
  CHECK_FALSE(are_text("\tlong enough for a word\x7f"));
  CHECK_FALSE(are_text(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace appserve::http::octets
