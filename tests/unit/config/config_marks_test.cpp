#include "config/config_marks.hpp"

#include <doctest/doctest.h>

#include "config/toml_file.hpp"

using namespace appserve;
using namespace appserve::config;

namespace {

AppSettings settings(const char* toml) {
  auto file = parse_toml(toml, "config.toml");
  REQUIRE(file);
  AppSettings app;
  app.config_marks = config_marks(file->root, file->source);
  return app;
}

int line_of(const AppSettings& app, std::string sentence) {
  Error error{&fault('E', 2012), std::move(sentence), {}, {}, {}};
  point_at_value(error, app);
  return error.where ? error.where->line : 0;
}

}  // namespace

TEST_CASE("an app's complaint is shown at the value of the key it names") {
  const AppSettings app = settings("size = 40\nboard = 3\nboard_size = 1\n[redis]\nurl = ''\nsize = 2\n");
  CHECK(line_of(app, "libgame.so rejects its configuration: 'board_size' must be 3..19, is 1") == 3);
  CHECK(line_of(app, "app.config.redis.url: expected a URL") == 5);
  CHECK(line_of(app, "redis.size must not be 2") == 6);
  CHECK(line_of(app, "app.config.size: too large") == 1);
}

TEST_CASE("a complaint that names no key, or part of one, has no place") {
  const AppSettings app = settings("size = 40\n");
  CHECK(line_of(app, "no board was found") == 0);
  CHECK(line_of(app, "'board_size' is missing") == 0);
  CHECK(line_of(app, "sizes") == 0);
}
