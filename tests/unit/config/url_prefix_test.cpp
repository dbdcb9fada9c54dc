#include "config/url_prefix.hpp"

#include <doctest/doctest.h>

namespace appserve::config {
namespace {

TEST_CASE("the root has no prefix") {
  CHECK(parse_url_prefix("")->text.empty());
  CHECK(parse_url_prefix("/")->text.empty());
  CHECK(!parse_url_prefix("/")->trimmed);
}

TEST_CASE("a prefix is taken as it is, without a slash at its end") {
  CHECK(parse_url_prefix("/game")->text == "/game");
  CHECK(parse_url_prefix("/a/b.c~d:@!$&'()*+,;=-_")->text == "/a/b.c~d:@!$&'()*+,;=-_");
  CHECK(parse_url_prefix("/...")->text == "/...");
  CHECK(parse_url_prefix("/game/")->text == "/game");
  CHECK(parse_url_prefix("/game/")->trimmed);
}

TEST_CASE("what would have to be guessed is refused") {
  struct Case {
    const char *text, *what;
  };
  const Case cases[] = {
      {"game", "url_prefix 'game' must begin with '/'"},
      {"//game", "url_prefix '//game' must not have '//' in it"},
      {"/game//", "url_prefix '/game//' must not have '//' in it"},
      {"/a/../b", "url_prefix '/a/../b' must not have '.' or '..' segments"},
      {"/.", "url_prefix '/.' must not have '.' or '..' segments"},
      {"/..", "url_prefix '/..' must not have '.' or '..' segments"},
      {"/a%20b", "url_prefix '/a%20b' must be written without '%' escapes"},
      {"/a?b", "url_prefix '/a?b' must be a path, without '?' and '#'"},
      {"/a#b", "url_prefix '/a#b' must be a path, without '?' and '#'"},
      {"/a b", "url_prefix '/a b' has a character that a path cannot have unescaped"},
      {"/\xC3\xA9", "url_prefix '/\xC3\xA9' has a character that a path cannot have unescaped"},
      {"/a\\b", "url_prefix '/a\\b' has a character that a path cannot have unescaped"},
      {"/a\n", "url_prefix '/a\n' has a character that a path cannot have unescaped"},
  };
  for (const Case& c : cases) {
    const Result<UrlPrefix, Error> prefix = parse_url_prefix(c.text);
    REQUIRE_MESSAGE(!prefix, c.text);
    CHECK(prefix.error().fault == &fault('E', 3011));
    CHECK(prefix.error().what == c.what);
  }
}

TEST_CASE("an app's library suggests where it goes") {
  CHECK(suggested_prefix("libadmin.so:app") == "/admin");
  CHECK(suggested_prefix("./build/libgame.so.1:create_app") == "/game");
  CHECK(suggested_prefix("hello") == "/hello");
  CHECK(suggested_prefix("/tmp/:x") == "/app");
}

}  // namespace
}  // namespace appserve::config
