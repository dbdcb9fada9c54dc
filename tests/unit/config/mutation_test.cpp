// Any file at all gives settings or errors that name their place: never a crash, never a silent refusal.
// APPSERVE_MUTATED_FILES in the environment says how many files are tried; each has up to four mutations.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "unit/config/given.hpp"
#include "unit/config/reference.hpp"

namespace appserve::config {
namespace {

constexpr const char* kApps = R"(
[[app]]
load = "libgame.so:create_app"
call = true
[app.config]
state = "sqlite:${HOME}/a.db"
nested = { list = [1, 2.5, true, 'x', 2026-01-01], "quoted key" = """
many
lines""" }
[[app]]
load = "./libhello.so:app"
url_prefix = "/hello"
)";

// Every setting switched on.
std::string full_file() {
  std::string text = settings_template(option_table());
  for (std::size_t at = 0; (at = text.find("\n#", at)) != text.npos; ++at)
    if (text[at + 2] != ' ') text.erase(at + 1, 1);
  return text + kApps;
}

class Mutator {
 public:
  explicit Mutator(std::string seed_text) : seed_(std::move(seed_text)) {}

  std::string next() {
    std::string text = seed_;
    for (std::size_t n = 1 + below(4); n > 0; --n) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

  void mutate(std::string& text) {
    static constexpr std::string_view kBits[] = {
        "\"",        "'",    "[",      "]",       "{",        "}",    "=",  "\n",  "#",      ".",
        ",",         "-",    "\\",     "\x00",    "\xC3\xA9", "\xFF", "\t", "${",  "}",      "99999999999999999999",
        "[[app]]\n", "true", "\"\"\"", "\\u0000", "inf",      "..",   "//", "%2f", ":99999", "\x1b[31m"};
    if (text.empty()) text = "x";
    const std::size_t at = below(text.size()), length = 1 + below(std::min<std::size_t>(12, text.size() - at));
    const std::string_view bit = kBits[below(std::size(kBits))];
    switch (below(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, bit);
        break;
      case 2:
        text.replace(at, length, bit);
        break;
      case 3:
        text.insert(below(text.size()), text.substr(at, length));
        break;
      case 4:
        text[at] = static_cast<char>(below(256));
        break;
      default:
        text.resize(at);
    }
  }

  std::string seed_;
  std::mt19937 random_{20260321};
};

bool has_position(const Error& error) {
  if (error.where && error.where->line > 0) return error.where->file == "config.toml";
  const std::string text = render(error, false);  // E2011 has two, E3010 and E3012 are about all of the file
  return text.find("config.toml") != text.npos || error.fault == &fault('E', 3012);
}

bool is_printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\n' || c == '\t' || c == '\x1b' || (byte >= 0x20 && byte != 0x7F);
}

TEST_CASE("every mutation of a good file gives settings, or errors with their place") {
  const TemporaryFolder folder;
  Mutator mutator(full_file());
  const Words arguments = {"--config=config.toml"}, environment = {"HOME=/home/ada"};
  const char* asked = std::getenv("APPSERVE_MUTATED_FILES");
  const int rounds = asked ? std::atoi(asked) : 1000;
  int good = 0, bad = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string text = mutator.next();
    folder.write("config.toml", text);
    const Result<Command, Errors> command = parse_command_line(arguments, environment);
    if (command) {
      ++good;
      continue;
    }
    ++bad;
    REQUIRE(!command.error().empty());
    for (const Error& error : command.error()) {
      if (error.fault->severity == 'E') REQUIRE_MESSAGE(has_position(error), text << "\n" << render(error, false));
      const std::string text_of_error = render(error, true);
      REQUIRE_MESSAGE(std::ranges::all_of(text_of_error, is_printable), text_of_error);
    }
  }
  CHECK(good > rounds / 50);
  CHECK(bad > rounds / 5);
}

constexpr std::string_view kApp = "[[app]]\nload = \"libhello.so:app\"\n";

// The smallest file with this setting at its default.
std::string file_of(const Option& option, std::string_view key, std::string_view value) {
  return "[" + std::string(option.table()) + "]\n" + std::string(key) + " = " + std::string(value) + "\n" +
         std::string(kApp);
}

class Judge {
 public:
  /// Whether the file is good; when not, every error has its line, its column and its caret.
  bool operator()(const std::string& text) {
    ++files_;
    const auto read = [&](const std::string&) { return Result<std::string, Error>(text); };
    const Words arguments = {"--config=config.toml"};
    const Result<Command, Errors> command = parse_command_line(arguments, Words(), read);
    if (command) return true;
    ++refused_;
    REQUIRE(!command.error().empty());
    for (const Error& error : command.error()) {
      if (error.fault->severity != 'E') continue;
      const std::string shown = render(error, false);
      REQUIRE_MESSAGE(error.where, text << "\n" << shown);
      const std::string place =
          "config.toml:" + std::to_string(error.where->line) + ":" + std::to_string(error.where->column) + "\n";
      REQUIRE_MESSAGE((error.where->line > 0 && error.where->column > 0), text << "\n" << shown);
      REQUIRE_MESSAGE(shown.find("  --> " + place) != shown.npos, text << "\n" << shown);
      REQUIRE_MESSAGE(shown.find(" ^") != shown.npos, text << "\n" << shown);
    }
    return false;
  }

  int files() const { return files_; }
  int refused() const { return refused_; }

 private:
  int files_ = 0, refused_ = 0;
};

TEST_CASE("each setting with a value of each kind is taken, or refused at its place") {
  Judge is_good;
  for (const Option& option : option_table()) {
    int taken = 0;
    for (const std::string_view value :
         {"0",         "-1",     "7",          "99999999999999", "1.5",           "nan", "true", "\"\"",
          "\"words\"", "\"1h\"", "\"10 MiB\"", "\"/tmp\"",       "'127.0.0.1:0'", "[]",  "[1]",  "[\"a\", 2]",
          "[[]]",      "{}",     "{ a = 1 }",  "2026-01-01",     "07:00:00"})
      taken += is_good(file_of(option, option.key(), value));
    CHECK_MESSAGE(taken < 21, std::string(option.path));
    CHECK(is_good(file_of(option, option.key(), option.show(Settings()))));
  }
  CHECK(is_good.refused() > is_good.files() / 2);
}

TEST_CASE(
    "each setting with a character more, less or another one, and each file that ends early, is judged at its place") {
  Judge is_good;
  std::size_t turn = 0;
  for (const Option& option : option_table()) {
    const std::string key(option.key()), file = file_of(option, key, option.show(Settings()));
    const std::size_t line = file.find('\n') + 1, end = file.find("\n[[app]]");
    for (std::size_t at = 0; at < end; ++at) {
      const auto changed = [&](std::size_t length, std::string_view by) {
        std::string text = file;
        is_good(text.replace(at, length, by));
      };
      if (at % 2 == turn) {  // half of them is enough, and takes half of the time
        changed(1, "");
        if (at >= line) changed(1, std::string_view("\"=[{.#\n,'x").substr(at % 10, 1));
      } else {
        changed(0, std::string_view(file).substr(at, 1));
        if (at > line) is_good(file.substr(0, at) + "\n" + std::string(kApp));
      }
    }
    turn = 1 - turn;
    for (std::size_t at = 0; at + 1 < key.size(); ++at) {  // what fingers do
      std::string typed = key;
      std::swap(typed[at], typed[at + 1]);
      if (typed != key) CHECK_FALSE(is_good(file_of(option, typed, option.show(Settings()))));
    }
    is_good(file_of(option, key, option.show(Settings())) + key + " = 1\n");  // in [[app]]
  }
  CHECK(is_good.refused() > is_good.files() / 2);
}

TEST_CASE("the unchanged file is good") { CHECK(accepted_file(full_file(), {"HOME=/h"}).settings.apps.size() == 2); }

}  // namespace
}  // namespace appserve::config
