#include "trace/words.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using appserve::trace::Words;

TEST_CASE("text and numbers are put together") {
  Words words;
  words << "thread " << "loop 1";
  words.newline().dec(0) << " ";
  words.dec(std::numeric_limits<std::uint64_t>::max()) << " ";
  words.hex(0) << " ";
  words.hex(0xdeadBEEF01) << ".";
  CHECK(words.view() == "thread loop 1\n0 18446744073709551615 0x0 0xdeadbeef01.");
  words.clear();
  CHECK(words.empty());
}

TEST_CASE("nobody forges a line: what is no printable ASCII is escaped") {
  Words words;
  words << "a\r\nb\x1b\x7f\xc3\xa4";
  CHECK(words.view() == "a\\x0d\\x0ab\\x1b\\x7f\\xc3\\xa4");
}

TEST_CASE("what does not fit is left out") {
  Words words;
  for (int i = 0; i < 100; ++i) words << std::string(100, 'x');
  CHECK(words.view() == std::string(1024, 'x'));
}
