#include "config/toml_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

std::string unreadable(const std::string& path) {
  const Result<std::string, Error> text = read_config_file(path);
  REQUIRE(!text);
  return render(text.error(), false);
}

TEST_CASE("a file is read as it is, up to 1 MiB") {
  const TemporaryFolder folder;
  for (const std::string& text : {std::string(), std::string("a = 1"), std::string(1024 * 1024, '#')}) {
    folder.write("config.toml", text);
    CHECK(read_config_file("config.toml").value() == text);
  }
}

TEST_CASE("what cannot be read as a configuration says why") {
  const TemporaryFolder folder;
  CHECK(unreadable("none.toml") == "error[E3010]: cannot read 'none.toml': No such file or directory\n");
  folder.write("conf/config.toml", "");
  CHECK(unreadable("conf") ==
        "error[E3010]: cannot read 'conf': it is a folder\n"
        "  help: appserve --config conf/config.toml\n");
  folder.write("large.toml", std::string(1024 * 1024 + 1, '#'));
  CHECK(unreadable("large.toml") == "error[E3010]: cannot read 'large.toml': it is larger than 1 MiB\n");
  folder.write("latin.toml", "a = 1\nb = '\xE9'\n");
  CHECK(unreadable("latin.toml") ==
        "error[E3010]: cannot read 'latin.toml': it is not UTF-8 (line 2)\n"
        "  help: save it as UTF-8\n");
  folder.write("utf16.toml", std::string("\xFF\xFE"
                                         "a\0",
                                         4));
  CHECK(unreadable("utf16.toml").find("it is not UTF-8 (line 1)") != std::string::npos);
}

TEST_CASE("a FIFO nobody writes to does not hang the start") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo("fifo", 0600) == 0);
  CHECK(read_config_file("fifo").value().empty());
}

TEST_CASE("a pipe is read to its end, however late its writer is") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::thread writer([out = ends[1]] {
    const std::string text = "a = 1\n";
    for (const char c : text) CHECK(::write(out, &c, 1) == 1);
    ::close(out);
  });
  CHECK(read_config_file("/dev/fd/" + std::to_string(ends[0])).value() == "a = 1\n");
  writer.join();
  ::close(ends[0]);
}

TEST_CASE("values know their place in bytes") {
  const Result<TomlFile, Error> file =
      parse_toml("a = \"x\"\n\"\xC3\xA9\" =   '\xC3\xA9'\n[s.t]\nb = [1,\n 2]\n", "t.toml");
  REQUIRE(file);
  const auto same = [](Place place, int line, int column, int length) {
    return place.line == line && place.column == column && place.length == length;
  };
  CHECK(same(file->root.find("a")->place, 1, 5, 3));
  CHECK(same(file->root.entries[0].place, 1, 1, 1));
  CHECK(same(file->root.entries[1].place, 2, 1, 4));
  CHECK(same(file->root.find("\xC3\xA9")->place, 2, 10, 4));
  CHECK(same(file->root.find("s")->find("t")->find("b")->place, 4, 5, 3));  // to the end of its first line
}

TEST_CASE("a byte order mark and CRLF are taken") {
  const Result<TomlFile, Error> file = parse_toml(
      "\xEF\xBB\xBF"
      "a = 1\r\nb = 2\r\n",
      "t.toml");
  REQUIRE(file);
  CHECK(file->root.find("a")->place.column == 5);
  CHECK(file->source.lines == std::vector<std::string>{"a = 1", "b = 2"});
}

TEST_CASE("what is no TOML is quoted with a caret") {
  const Result<TomlFile, Error> file = parse_toml("[server]\nlisten = \"0.0.0.0:8080\n", "config.toml");
  REQUIRE(!file);
  CHECK(render(file.error(), false) ==
        "error[E3001]: config.toml is not valid TOML\n"
        "  --> config.toml:2:23\n"
        "   |\n"
        " 2 | listen = \"0.0.0.0:8080\n"
        "   |                       ^ the string is not closed\n"
        "   = help: add a closing \"\n");
}

TEST_CASE("very deep nesting is refused, not followed") {
  CHECK(!parse_toml("a = " + std::string(100'000, '['), "t.toml"));
  const auto key = [](int levels) {
    std::string text = "a";
    for (int i = 1; i < levels; ++i) text += ".a";
    return text;
  };
  CHECK(parse_toml(key(60) + " = 1", "t.toml"));
  CHECK(parse_toml("a = '" + key(1000) + "' # " + key(1000), "t.toml"));
  CHECK(parse_toml("a = [" + std::string(50, '[') + std::string(50, ']') + "]", "t.toml"));
  for (const std::string& text : {key(500'000) + " = 1", "[" + key(100'000) + "]", "a = {" + key(100) + " = 1}"}) {
    const Result<TomlFile, Error> file = parse_toml(text, "t.toml");
    REQUIRE(!file);
    CHECK(file.error().what == "t.toml is nested more than 64 levels deep");
  }
  std::string mixed = "1";
  for (int i = 0; i < 200; ++i) mixed = "{" + key(60) + " = " + mixed + "}";
  CHECK(!parse_toml("a = " + mixed, "t.toml"));
}

}  // namespace
}  // namespace appserve::config
