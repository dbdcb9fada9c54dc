#include "config/arguments.hpp"

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

const std::vector<KnownFlag> kFlags = {{{"--threads", "N", ""}, "an integer"},
                                       {{"--ident", "TEXT", ""}, "text"},
                                       {{"--listen", "ADDR", "", true}, "an address"},
                                       {{"--call", "", ""}, ""},
                                       {{"--help", "", ""}, ""}};

Arguments read(const Words& words) { return read_arguments(words, kFlags); }

TEST_CASE("values stay exactly what was typed") {
  for (const char* value : {"", " ", "-", "-5", "[a,b]", "{}", "#0", "a=b", "\"q\"", "'q'", "[::1]:80", "\xFF", "%%"}) {
    CHECK(*read({"--ident", value}).find("--ident") == value);
    const std::string attached = std::string("--ident=") + value;
    CHECK(*read({attached.c_str()}).find("--ident") == value);
  }
  CHECK(*read({"--ident=--threads"}).find("--ident") == "--threads");
  CHECK(*read({"--ident=-x"}).find("--ident") == "-x");
}

TEST_CASE("what belongs to no option is a word, in order") {
  CHECK(read({"a", "--threads", "4", "b"}).words == std::vector<std::string>{"a", "b"});
  CHECK(read({"-", "--", "--threads", "x=y", "--a=b"}).words ==
        std::vector<std::string>{"-", "--threads", "x=y", "--a=b"});
}

TEST_CASE("an option that may come again keeps all its values") {
  CHECK(read({"--listen", ":1", "--listen=:2"}).values.at("--listen") == std::vector<std::string>{":1", ":2"});
}

TEST_CASE("switches are on, off, or told") {
  CHECK(read({"--call"}).is_on("--call"));
  CHECK(read({"--call=true"}).is_on("--call"));
  for (const char* off : {"--no-call", "--call=false"}) {
    CHECK(!read({off}).is_on("--call"));
    CHECK(read({off}).find("--call") != nullptr);
  }
  CHECK(read({}).find("--call") == nullptr);
}

TEST_CASE("a switch takes no word from the app") {
  const Arguments arguments = read({"--call", "libgame.so:create_app"});
  CHECK(arguments.is_on("--call"));
  CHECK(arguments.words == std::vector<std::string>{"libgame.so:create_app"});
}

TEST_CASE("every mistake has its message") {
  struct Case {
    Words words;
    const char* message;
  };
  const Case cases[] = {
      {{"--lisen=:80"}, "error[E3020]: unknown option --lisen; did you mean --listen?\n"},
      {{"--thr=2"}, "error[E3020]: unknown option --thr; did you mean --threads?\n"},
      {{"--no-cal"}, "error[E3020]: unknown option --no-cal; did you mean --no-call?\n"},
      {{"--zzzzzzz"}, "error[E3020]: unknown option --zzzzzzz\n"},
      {{"-t4"}, "error[E3020]: unknown option -t4\n"},
      {{"---"}, "error[E3020]: unknown option ---\n"},
      {{"--=x"}, "error[E3020]: unknown option --\n"},
      {{"--threads"}, "error[E3021]: --threads needs an integer; nothing follows it\n"},
      {{"--threads", "--call"}, "error[E3021]: --threads needs an integer; nothing follows it\n"},
      {{"--call=yes"}, "error[E3021]: --call needs true or false, got 'yes'\n"},
      {{"--call="}, "error[E3021]: --call needs true or false, got ''\n"},
      {{"--no-call=true"}, "error[E3021]: --no-call takes no value, got 'true'\n"},
      {{"--call", "--no-call"}, "error[E3022]: --call and --no-call exclude each other\n"},
      {{"--a", "--threads", "--b"},
       "error[E3021]: --threads needs an integer; nothing follows it\n"
       "error[E3020]: unknown option --a\n"
       "error[E3020]: unknown option --b\n"},
  };
  for (const Case& c : cases) CHECK(render_all(read(c.words).findings) == c.message);
}

TEST_CASE("the word behind an unknown option is taken for its value") {
  const Arguments arguments = read({"--lisen", ":80", "libhello.so:app"});
  CHECK(arguments.has_unknown);
  CHECK(arguments.words == std::vector<std::string>{"libhello.so:app"});
  CHECK(read({"--lisen", ":80", "--lisen", ":81", "libhello.so:app"}).words ==
        std::vector<std::string>{"libhello.so:app"});
  CHECK(read({"--lisen=:80", "libhello.so:app"}).words == std::vector<std::string>{"libhello.so:app"});
}

}  // namespace
}  // namespace appserve::config
