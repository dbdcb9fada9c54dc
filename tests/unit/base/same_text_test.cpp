#include "base/same_text.hpp"

#include <doctest/doctest.h>

#include <string>

namespace appserve {

TEST_CASE("texts are the same when every octet is, whatever their length") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'a');
    CAPTURE(size);
    CHECK(same_text(text, std::string(text)));
    CHECK_FALSE(same_text(text, text + 'a'));
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = '\xff';
      CHECK_FALSE(same_text(text, other));
      CHECK_FALSE(same_text(other, text));
    }
  }
}

TEST_CASE("a text may be the same as a literal") {
  CHECK(same_text("host", "host"));
  CHECK_FALSE(same_text("hosts", "host"));
  CHECK_FALSE(same_text("hose", "host"));
  CHECK_FALSE(same_text("", "host"));
}

TEST_CASE("a view of nothing is an empty text") { CHECK(same_text(std::string_view(), std::string())); }

}  // namespace appserve
