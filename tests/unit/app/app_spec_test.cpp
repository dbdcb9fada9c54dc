#include "app/app_spec.hpp"

#include <doctest/doctest.h>

#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

std::string refused(std::string_view typed) {
  const auto spec = parse_app_spec(typed, false);
  if (spec) return "accepted: " + spec->library + " " + spec->symbol;
  CHECK(code(spec.error()) == "E1026");
  return text(spec.error());
}

}  // namespace

TEST_CASE("LIB:SYMBOL is split at the last colon") {
  const auto spec = parse_app_spec("./a:b/libgame.so.1:create_app", true);
  REQUIRE(spec);
  CHECK(spec->library == "./a:b/libgame.so.1");
  CHECK(spec->symbol == "create_app");
  CHECK(spec->call);
}

TEST_CASE("a library alone has no symbol") {
  CHECK(parse_app_spec("libgame.so", false)->symbol.empty());
  CHECK(parse_app_spec("./a:b/libgame.so", false)->library == "./a:b/libgame.so");
}

TEST_CASE("what is not LIB:SYMBOL is refused with the reason") {
  CHECK(refused("") == "'' is not LIB:SYMBOL: it is empty|help: appserve ./libhello.so:app");
  CHECK(refused(":app") == "':app' is not LIB:SYMBOL: no library before the ':'");
  CHECK(refused("libgame.so:") == "'libgame.so:' is not LIB:SYMBOL: no symbol after the ':'");
  CHECK(refused("libgame.so:8080") == "'libgame.so:8080' is not LIB:SYMBOL: '8080' cannot be a symbol's name");
  CHECK(refused("libgame.so:a b") == "'libgame.so:a b' is not LIB:SYMBOL: 'a b' cannot be a symbol's name");
  CHECK(refused("./build/") == "'./build/' is not LIB:SYMBOL: that is a folder");
  CHECK(refused("lib\ngame.so:app").find("control character") != std::string::npos);
}

TEST_CASE("gunicorn's create_app() becomes --call") {
  CHECK(refused("libgame.so:create_app()").find("help: appserve --call libgame.so:create_app") != std::string::npos);
}

TEST_CASE("a command can be pasted into a shell whatever the names are") {
  CHECK(command_for({"./build/libhello.so", "app", false}) == "appserve ./build/libhello.so:app");
  CHECK(command_for({"libgame.so", "create_app", true}) == "appserve --call libgame.so:create_app");
  CHECK(command_for({"libgame.so", "", false}) == "appserve libgame.so");
  CHECK(command_for({"./my libs/it's.so", "app", false}) == "appserve './my libs/it'\\''s.so:app'");
  CHECK(command_for({"$(reboot).so", "app", false}) == "appserve '$(reboot).so:app'");
}
