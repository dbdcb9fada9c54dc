#include "app/entry.hpp"

#include <doctest/doctest.h>

#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

// "app", "create_app()" or the message.
std::string chosen(std::string_view library, const std::string& symbol, bool call) {
  const std::string bytes = read_bytes(fixture(library));
  const auto elf = read_elf(bytes);
  REQUIRE(elf);
  const auto entry = choose_entry({"./lib.so", symbol, call}, *elf, "lib.so");
  return entry ? entry->symbol + (entry->call ? "()" : "") : code(entry.error()) + ": " + text(entry.error());
}

}  // namespace

TEST_CASE("the named app or factory is used") {
  CHECK(chosen("two_apps", "admin", false) == "admin");
  CHECK(chosen("two_apps", "create_app", true) == "create_app()");
}

TEST_CASE("without a symbol the only app is used, whether object or factory") {
  CHECK(chosen("hello", "", false) == "app");
  CHECK(chosen("moody", "", false) == "create_app()");
  CHECK(chosen("two_apps", "", true) == "create_app()");
}

TEST_CASE("E1021: several apps and none named: all commands") {
  CHECK(chosen("two_apps", "", false) ==
        "E1021: lib.so exports 3 apps; say which one|help: appserve ./lib.so:admin|help: appserve ./lib.so:app|help: "
        "appserve --call ./lib.so:create_app");
}

TEST_CASE("E1020: an unknown symbol: what there is, and the near one") {
  CHECK(chosen("two_apps", "creat_app", true) ==
        "E1020: lib.so exports no app named 'creat_app'|it exports  admin (app), app (app), create_app "
        "(function)|help: did "
        "you mean  appserve --call ./lib.so:create_app ?");
  CHECK(chosen("hello", "application", false) ==
        "E1020: lib.so exports no app named 'application'|it exports  app (app)|help: did you mean  appserve "
        "./lib.so:app ?");
  CHECK(chosen("no_note", "", false) == "answer()");
}

TEST_CASE("E1020: data that is no app") {
  CHECK(chosen("two_apps", "counter", false) ==
        "E1020: lib.so exports no app named 'counter'|'counter' is data, but not an app|it exports  admin (app), app "
        "(app), "
        "create_app (function)");
}

TEST_CASE("E1022: a C++ function that was not exported as an app, also a hidden one in a namespace") {
  CHECK(chosen("cpp_factory", "create_app", true) ==
        "E1022: lib.so has a C++ function 'create_app()' but does not export it as an app|help: add the line   "
        "APPSERVE_FACTORY(create_app)   after the function");
  CHECK(
      chosen("cpp_factory", "make_game", true).starts_with("E1022: lib.so has a C++ function 'game::make_game(int)'"));
}

TEST_CASE("E1023: it is there, but hidden") {
  CHECK(chosen("hidden", "app", false).starts_with("E1023: lib.so has 'app', but hides it|help: export it: "));
  CHECK(
      chosen("hidden", "create_app", true) ==
      "E1023: lib.so has 'create_app', but hides it|help: export it: put AS_EXPORT before the function, and list it if "
      "there is a version script");
}

TEST_CASE("E1024, E1025: --call belongs to functions, and to nothing else") {
  CHECK(chosen("two_apps", "app", true) ==
        "E1024: 'app' is data, not a function|help: drop --call:   appserve ./lib.so:app");
  CHECK(chosen("two_apps", "create_app", false) ==
        "E1025: 'create_app' is a function|help: add --call:   appserve --call ./lib.so:create_app");
}
