#include "config/written_app.hpp"
#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("--call makes the app's symbol a factory, and --url-prefix says where it goes") {
  const Settings settings = accepted({"--call", "libgame.so:create_app", "--url-prefix=/game"}).settings;
  CHECK(settings.apps.front().load.call);
  CHECK(settings.apps.front().load.symbol == "create_app");
  CHECK(settings.apps.front().url_prefix == "/game");
}

TEST_CASE("more apps are mounted by prefix, as apps or by factories, and --call is not about them") {
  const Settings settings = accepted({"--call", "liba.so:a", "--mount", "/b=libb.so:b", "--mount-call=/c=libc.so:c",
                                      "--mount=/d=./a=b/libd.so:d"})
                                .settings;
  REQUIRE(settings.apps.size() == 4);
  CHECK(settings.apps[0].url_prefix.empty());
  CHECK(settings.apps[1].url_prefix == "/b");
  CHECK(!settings.apps[1].load.call);
  CHECK(settings.apps[2].url_prefix == "/d");
  CHECK(settings.apps[2].load.library == "./a=b/libd.so");
  CHECK(settings.apps[3].url_prefix == "/c");
  CHECK(settings.apps[3].load.call);
}

TEST_CASE("mounts need no other app") { CHECK(accepted({"--mount=/b=libb.so:b"}).settings.apps.size() == 1); }

TEST_CASE("the same library may be mounted twice") {
  CHECK(accepted({"liba.so:a", "--mount=/b=liba.so:a"}).settings.apps.size() == 2);
}

TEST_CASE("every mistake has its message") {
  struct Case {
    Words words;
    const char* message;
  };
  const Case cases[] = {
      {{"liba.so:a", "libb.so:b"},
       "error[E3012]: two apps without a prefix: 'liba.so:a' and 'libb.so:b'\n"
       "  help: appserve liba.so:a --mount /b=libb.so:b\n"},
      {{"--mount=libb.so:b"},
       "error[E3021]: --mount needs PREFIX=LIB:SYMBOL, got 'libb.so:b'\n"
       "  help: --mount /b=libb.so:b\n"},
      {{"--mount-call", "libb.so:b"},
       "error[E3021]: --mount-call needs PREFIX=LIB:FACTORY, got 'libb.so:b'\n"
       "  help: --mount-call /b=libb.so:b\n"},
      {{"--mount=b=libb.so:b"}, "error[E3011]: --mount: url_prefix 'b' must begin with '/'\n"},
      {{"liba.so:a", "--url-prefix=a"}, "error[E3011]: --url-prefix: url_prefix 'a' must begin with '/'\n"},
      {{"--call", "--mount=/b=libb.so:b"},
       "error[E3022]: --call is about the app given as LIB:SYMBOL, and there is none\n"
       "  help: appserve --call libgame.so:create_app, or --mount-call /game=libgame.so:create_app\n"},
      {{"--url-prefix=/a", "--mount=/b=libb.so:b"},
       "error[E3022]: --url-prefix is about the app given as LIB:SYMBOL, and there is none\n"
       "  help: appserve --url-prefix /game libgame.so:app, or --mount /game=libgame.so:app\n"},
  };
  for (const Case& c : cases) CHECK(refusal(c.words) == c.message);
}

TEST_CASE("an unknown option is not blamed for a missing app as well") {
  CHECK(refusal({"--cal", "libgame.so:create_app"}) == "error[E3020]: unknown option --cal; did you mean --call?\n");
}

}  // namespace
}  // namespace appserve::config
