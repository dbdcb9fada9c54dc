#include "config/written_app.hpp"
#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

std::string config_of(const std::string& table, const Words& environment) {
  return accepted_file(std::string(kHello) + "[app.config]\n" + table, environment).settings.apps.front().config_json;
}

TEST_CASE("an app can come from the environment alone") {
  const Settings settings = accepted({}, {"APPSERVE_APP__LOAD=libgame.so:create_app", "APPSERVE_APP__CALL=true",
                                          "APPSERVE_APP__URL_PREFIX=/game", "APPSERVE_APP__CONFIG__STATE=memory"})
                                .settings;
  REQUIRE(settings.apps.size() == 1);
  CHECK(settings.apps.front().load.library == "libgame.so");
  CHECK(settings.apps.front().load.call);
  CHECK(settings.apps.front().url_prefix == "/game");
  CHECK(settings.apps.front().config_json == R"({"state":"memory"})");
}

TEST_CASE("the environment overrides the one app there is") {
  CHECK(accepted({"libhello.so:app"}, {"APPSERVE_APP__URL_PREFIX=/x"}).settings.apps.front().url_prefix == "/x");
  CHECK(accepted_file(kHello, {"APPSERVE_APP__LOAD=libother.so:app"}).settings.apps.front().load.library ==
        "libother.so");
}

TEST_CASE("the command line beats the environment for the app too") {
  const Settings settings =
      accepted({"libhello.so:app", "--url-prefix=/a"}, {"APPSERVE_APP__LOAD=libother.so:app", "APPSERVE_APP__CALL=true",
                                                        "APPSERVE_APP__URL_PREFIX=/x", "APPSERVE_APP__CONFIG__A=b"})
          .settings;
  REQUIRE(settings.apps.size() == 1);
  CHECK(settings.apps.front().load.library == "libhello.so");
  CHECK(!settings.apps.front().load.call);
  CHECK(settings.apps.front().url_prefix == "/a");
  CHECK(settings.apps.front().config_json == R"({"a":"b"})");
}

TEST_CASE("a key of the app's configuration keeps the type the file gives it, a new one is a text") {
  CHECK(config_of("n = 1\nb = true\nf = 0.5\ns = 'x'\n",
                  {"APPSERVE_APP__CONFIG__N=42", "APPSERVE_APP__CONFIG__B=false", "APPSERVE_APP__CONFIG__F=2.25",
                   "APPSERVE_APP__CONFIG__S=7", "APPSERVE_APP__CONFIG__NEW=007"}) ==
        R"({"n":42,"b":false,"f":2.25,"s":"7","new":"007"})");
}

TEST_CASE("two underscores go one table down, which is made when it is missing") {
  CHECK(config_of("[app.config.redis]\nurl = 'a'\n",
                  {"APPSERVE_APP__CONFIG__REDIS__URL=b", "APPSERVE_APP__CONFIG__A_B__C=d"}) ==
        R"({"redis":{"url":"b"},"a_b":{"c":"d"}})");
}

TEST_CASE("every mistake has its message") {
  struct Case {
    const char *table, *variable, *message;
  };
  const Case cases[] = {
      {"n = 1\n", "APPSERVE_APP__CONFIG__N=many",
       "error[E3007]: APPSERVE_APP__CONFIG__N must be of the type it has in the file: integer (environment)\n"},
      {"n = true\n", "APPSERVE_APP__CONFIG__N=1",
       "error[E3007]: APPSERVE_APP__CONFIG__N must be of the type it has in the file: boolean (environment)\n"},
      {"n = [1]\n", "APPSERVE_APP__CONFIG__N=1",
       "error[E3007]: APPSERVE_APP__CONFIG__N must be of the type it has in the file: array (environment)\n"},
      {"n = 1\n", "APPSERVE_APP__CONFIG__N__M=1",
       "error[E3007]: APPSERVE_APP__CONFIG__N__M goes below what is not a table (environment)\n"},
      {"", "APPSERVE_APP__CONFIG__=1", "error[E3007]: APPSERVE_APP__CONFIG__ names no key (environment)\n"},
      {"", "APPSERVE_APP__CONFIG__A=\xFF", "error[E3007]: APPSERVE_APP__CONFIG__A is not UTF-8 (environment)\n"},
      {"", "APPSERVE_APP__CALL=yes", "error[E3007]: APPSERVE_APP__CALL=\"yes\" is not true or false (environment)\n"},
      {"", "APPSERVE_APP__URL_PREFIX=x",
       "error[E3011]: APPSERVE_APP__URL_PREFIX: url_prefix 'x' must begin with '/'\n"},
      {"[[app]]\nload = 'b:c'\nurl_prefix = '/b'\n", "APPSERVE_APP__CALL=true",
       "error[E3007]: APPSERVE_APP__CALL is for a server with one app; this one has 2 (environment)\n"},
  };
  for (const Case& c : cases)
    CHECK(refusal_of_file(std::string(kHello) + "[app.config]\n" + c.table, {c.variable}) == c.message);
}

}  // namespace
}  // namespace appserve::config
