#include "config/apps.hpp"

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("apps come from the file or from the command line, not from both") {
  CHECK(refusal_of_file(kHello, {}, {"libgame.so:app"}) ==
        "error[E3012]: apps both on the command line ('libgame.so:app') and in config.toml:1\n"
        "  help: keep one of the two:  appserve libgame.so:app   or  appserve --config config.toml\n");
  CHECK(accepted_file("[server]\nthreads = 4\n", {}, {"libgame.so:app"}).settings.apps.size() == 1);
}

TEST_CASE("two apps on one prefix are named with both places") {
  CHECK(refusal_of_file("[[app]]\nload = \"libgame.so:create_app\"\n[[app]]\nload = \"libadmin.so:app\"\n") ==
        "error[E2011]: libgame.so:create_app and libadmin.so:app are both mounted at '/'\n"
        "  at config.toml:1 and config.toml:3\n"
        "  help: give one of them  url_prefix = \"/admin\"  (config.toml:3)\n");
  CHECK(refusal({"libgame.so:app", "--mount=/=libadmin.so:app"}) ==
        "error[E2011]: libgame.so:app and libadmin.so:app are both mounted at '/'\n"
        "  help: give one of them another prefix:  --mount /admin=libadmin.so:app\n");
  CHECK(refusal({"--mount=/a=liba.so:a", "--mount-call=/a/=liba.so:b"})
            .starts_with("error[E2011]: liba.so:a and liba.so:b are both mounted at '/a'\n"
                         "  help: give one of them another prefix:  --mount-call /a2=liba.so:b\n"));
}

TEST_CASE("a slash at the end of a prefix is left out, and said so") {
  const Command command = accepted({"libgame.so:app", "--url-prefix=/game/"});
  CHECK(command.settings.apps.front().url_prefix == "/game");
  CHECK(render_all(command.warnings) ==
        "note[N3011]: --url-prefix: the slash at the end of url_prefix '/game/' is left out\n");
}

TEST_CASE("with a file of one app, --call and --url-prefix are about that one") {
  const Settings settings = accepted_file(kHello, {}, {"--call", "--url-prefix=/x"}).settings;
  CHECK(settings.apps.front().load.call);
  CHECK(settings.apps.front().url_prefix == "/x");
  CHECK(refusal_of_file(std::string(kHello) + kHello + "url_prefix = '/b'\n", {}, {"--url-prefix=/x"}) ==
        "error[E3022]: --url-prefix is for a file with one app; this one has 2\n");
}

TEST_CASE("what is no LIB:SYMBOL is refused in the words of the app room") {
  const Result<app::AppSpec, Error> spec = app::parse_app_spec("libgame.so:", false);
  REQUIRE(!spec);
  CHECK(refusal({"libgame.so:"}) == render(spec.error(), false));
}

}  // namespace
}  // namespace appserve::config
