#include "config/written_app.hpp"
#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("every [[app]] is an app with its own configuration") {
  const Settings settings =
      accepted_file(
          "[[app]]\nload = \"libgame.so:create_app\"\ncall = true\n[app.config]\nstate = \"sqlite:a.db\"\n"
          "[[app]]\nload = \"libhello.so\"\nurl_prefix = \"/hello\"\n")
          .settings;
  REQUIRE(settings.apps.size() == 2);
  CHECK(settings.apps[0].load.call);
  CHECK(settings.apps[0].config_json == R"({"state":"sqlite:a.db"})");
  CHECK(settings.apps[0].where.line == 1);
  CHECK(settings.apps[1].load.symbol.empty());
  CHECK(settings.apps[1].url_prefix == "/hello");
  CHECK(settings.apps[1].config_json == "{}");
  CHECK(settings.apps[1].where.line == 6);
}

TEST_CASE("an app may have limits of its own, bounded and with units") {
  const Settings settings = accepted_file(
                                "[[app]]\nload = \"a:b\"\nmax_concurrency = 1000000\nbody = \"64 KiB\"\n"
                                "[[app]]\nload = \"a:c\"\nurl_prefix = \"/c\"\nbody = 0\nmax_concurrency = 1\n"
                                "[[app]]\nload = \"a:d\"\nurl_prefix = \"/d\"\n")
                                .settings;
  REQUIRE(settings.apps.size() == 3);
  CHECK(settings.apps[0].max_concurrency == 1'000'000);
  CHECK(settings.apps[0].body == 64 * 1024);
  CHECK(settings.apps[1].max_concurrency == 1);
  CHECK(settings.apps[1].body == 0);
  CHECK(settings.apps[2].max_concurrency == 0);
  CHECK_FALSE(settings.apps[2].body);
}

TEST_CASE("every mistake in an app's table has its message") {
  struct Case {
    const char *text, *message;
  };
  const Case cases[] = {
      {"[[app]]\nload = \"a:b\"\nmax_concurrency = 0\n",
       "error[E3004]: app.max_concurrency must be an integer from 1 to 1000000\n"
       "  --> config.toml:3:19\n"
       "   |\n"
       " 3 | max_concurrency = 0\n"
       "   |                   ^ integer\n"
       "   = help: max_concurrency = 100\n"},
      {"[[app]]\nload = \"a:b\"\nbody = \"10 MBit\"\n",
       "error[E3004]: app.body must be a size\n"
       "  --> config.toml:3:8\n"
       "   |\n"
       " 3 | body = \"10 MBit\"\n"
       "   |        ^^^^^^^^^ string\n"
       "   = help: body = \"64 KiB\"\n"},
      {"[[app]]\nurl_prefix = \"/a\"\n",
       "error[E3004]: [[app]] needs a load\n"
       "  --> config.toml:1:1\n"
       "   |\n"
       " 1 | [[app]]\n"
       "   | ^^^^^^^\n"
       "   = help: load = \"libhello.so:app\"\n"},
      {"[[app]]\nload = 4\n",
       "error[E3004]: app.load must be a string\n"
       "  --> config.toml:2:8\n"
       "   |\n"
       " 2 | load = 4\n"
       "   |        ^ integer\n"
       "   = help: load = \"libhello.so:app\"\n"},
      {"[[app]]\nload = \"a:b\"\ncall = \"yes\"\n",
       "error[E3004]: app.call must be true or false\n"
       "  --> config.toml:3:8\n"
       "   |\n"
       " 3 | call = \"yes\"\n"
       "   |        ^^^^^ string\n"
       "   = help: call = true\n"},
      {"[[app]]\nload = \"a:b\"\nurl_prefix = 1\n",
       "error[E3004]: app.url_prefix must be a string\n"
       "  --> config.toml:3:14\n"
       "   |\n"
       " 3 | url_prefix = 1\n"
       "   |              ^ integer\n"
       "   = help: url_prefix = \"/hello\"\n"},
      {"[[app]]\nload = \"a:b\"\nconfig = []\n",
       "error[E3004]: app.config must be a table\n"
       "  --> config.toml:3:10\n"
       "   |\n"
       " 3 | config = []\n"
       "   |          ^^ array\n"
       "   = help: [app.config]\n"},
      {"[[app]]\nload = \"a:b\"\nurlprefix = \"/a\"\n",
       "error[E3002]: unknown key 'app.urlprefix'\n"
       "  --> config.toml:3:1\n"
       "   |\n"
       " 3 | urlprefix = \"/a\"\n"
       "   | ^^^^^^^^^ did you mean 'url_prefix'?\n"},
      {"[[app]]\nload = \"a:b\"\nthreads = 4\n",
       "error[E3003]: 'threads' belongs in [server], not in [[app]]\n"
       "  --> config.toml:3:1\n"
       "   |\n"
       " 3 | threads = 4\n"
       "   | ^^^^^^^\n"},
      {"[app]\nload = \"a:b\"\n",
       "error[E3004]: every app is a table of its own, [[app]]\n"
       "  --> config.toml:1:1\n"
       "   |\n"
       " 1 | [app]\n"
       "   | ^^^^^ table\n"
       "   = help: [[app]]\n"},
      {"[[app]]\nload = \"a:b\"\nurl_prefix = \"a\"\n",
       "error[E3011]: url_prefix 'a' must begin with '/'\n"
       "  --> config.toml:3:14\n"
       "   |\n"
       " 3 | url_prefix = \"a\"\n"
       "   |              ^^^\n"},
      {"[[app]]\nload = \"a:\"\n",
       "error[E1026]: 'a:' is not LIB:SYMBOL: no symbol after the ':'\n"
       "  --> config.toml:2:8\n"
       "   |\n"
       " 2 | load = \"a:\"\n"
       "   |        ^^^^\n"},
  };
  for (const Case& c : cases) CHECK(refusal_of_file(c.text) == c.message);
}

}  // namespace
}  // namespace appserve::config
