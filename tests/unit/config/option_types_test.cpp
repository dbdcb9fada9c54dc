#include "config/option_types.hpp"

#include <doctest/doctest.h>

#include "config/toml_file.hpp"

namespace appserve::config {
namespace {

using Kind = Complaint::Kind;

Value toml(const std::string& value) { return *parse_toml("a = " + value, "t.toml")->root.find("a"); }

// The kind of the complaint, or none.
template <class Type, class T>
std::optional<Kind> wrong(const Type& type, const Value& value, T& out) {
  const Wrong complaint = type.read(value, out);
  return complaint ? std::optional(complaint->kind) : std::nullopt;
}

TEST_CASE("integers keep to their range, from the file as numbers, elsewhere as digits") {
  const Integer type{1, 1024, "auto"};
  unsigned n = 7;
  CHECK(!wrong(type, toml("4"), n));
  CHECK(n == 4);
  CHECK(!wrong(type, text_value("1024"), n));
  CHECK(n == 1024);
  CHECK(!wrong(type, toml("'auto'"), n));
  CHECK(n == 0);
  for (const char* value : {"0", "1025", "-1", "-9223372036854775808"})
    CHECK(wrong(type, toml(value), n) == Kind::range);
  for (const char* value : {"'4'", "4.0", "true", "[4]", "2026-01-01"})
    CHECK(wrong(type, toml(value), n) == Kind::type);
  for (const char* text : {"0", "1025", "-1", "18446744073709551615"})
    CHECK(wrong(type, text_value(text), n) == Kind::range);
  for (const char* text : {"", "4x", " 4", "+4", "0x4", "18446744073709551616", "Auto"})
    CHECK(wrong(type, text_value(text), n) == Kind::type);
  CHECK(n == 0);  // what is refused changes nothing
  CHECK(type.show(0U) == "\"auto\"");
  CHECK(type.show(4U) == "4");
}

TEST_CASE("a word for zero belongs only to settings that have one") {
  unsigned n = 7;
  CHECK(wrong(Integer{0, 9}, text_value("auto"), n) == Kind::type);
  CHECK(!wrong(Integer{0, 9}, text_value("0"), n));
}

TEST_CASE("sizes are numbers of bytes or texts with a unit") {
  const Size type{1024, 4096};
  std::uint64_t bytes = 0;
  CHECK(!wrong(type, toml("'2 KiB'"), bytes));
  CHECK(bytes == 2048);
  CHECK(!wrong(type, toml("4096"), bytes));
  CHECK(!wrong(type, text_value("1024"), bytes));
  CHECK(wrong(type, toml("'2 Kb'"), bytes) == Kind::unit);
  CHECK(wrong(type, toml("-1"), bytes) == Kind::range);
  CHECK(wrong(type, toml("'5 KiB'"), bytes) == Kind::range);
  CHECK(wrong(type, toml("1.5"), bytes) == Kind::type);
  CHECK(type.show(2048) == "\"2 KiB\"");
  CHECK(type.show(1500) == "1500");
}

TEST_CASE("durations are texts with a unit") {
  const Period type{std::chrono::seconds(1), std::chrono::minutes(1)};
  std::chrono::milliseconds period{};
  CHECK(!wrong(type, toml("'30s'"), period));
  CHECK(period == std::chrono::seconds(30));
  CHECK(wrong(type, toml("30"), period) == Kind::unit);
  CHECK(wrong(type, toml("30.5"), period) == Kind::unit);
  CHECK(wrong(type, text_value("30"), period) == Kind::unit);
  CHECK(wrong(type, toml("'61s'"), period) == Kind::range);
  CHECK(wrong(type, toml("true"), period) == Kind::type);
}

TEST_CASE("booleans are true and false and nothing else") {
  bool on = false;
  CHECK(!wrong(Boolean{}, toml("true"), on));
  CHECK(on);
  CHECK(!wrong(Boolean{}, text_value("false"), on));
  CHECK(!on);
  for (const char* text : {"1", "yes", "on", "True", ""}) CHECK(wrong(Boolean{}, text_value(text), on) == Kind::type);
  CHECK(wrong(Boolean{}, toml("'true'"), on) == Kind::type);
}

TEST_CASE("texts are visible ASCII, so that none of them forges a header or a log line") {
  std::string text = "old";
  CHECK(!wrong(Text{}, toml("'my server/1.0'"), text));
  CHECK(text == "my server/1.0");
  CHECK(!wrong(Text{}, text_value(""), text));
  for (const char* bad : {"a\r\nb", "\t", "\x7F", "\xC3\xA9"})
    CHECK(wrong(Text{}, text_value(bad), text) == Kind::range);
  CHECK(wrong(Text{}, toml("4"), text) == Kind::type);
}

TEST_CASE("a choice is one of its words") {
  std::string word;
  CHECK(!wrong(Choice{{"http", "https"}}, text_value("https"), word));
  CHECK(wrong(Choice{{"http", "https"}}, text_value("HTTP"), word) == Kind::range);
  CHECK(wrong(Choice{{"http", "https"}}, toml("1"), word) == Kind::type);
  CHECK(Choice{{"a", "b", "c"}}.expects().noun == R"("a", "b" or "c")");
}

TEST_CASE("folders come as a list or separated by colons") {
  std::vector<std::string> paths;
  CHECK(!wrong(Folders{}, toml("['/a', '/b']"), paths));
  CHECK(paths == std::vector<std::string>{"/a", "/b"});
  CHECK(!wrong(Folders{}, text_value(":/c::/d:"), paths));
  CHECK(paths == std::vector<std::string>{"/c", "/d"});
  CHECK(wrong(Folders{}, toml("[1]"), paths) == Kind::type);
  CHECK(wrong(Folders{}, text_value("/a\n"), paths) == Kind::range);
  CHECK(Folders{}.show(paths) == R"(["/c", "/d"])");
}

TEST_CASE("addresses: a wrong one names its place and the room's reason") {
  std::vector<net::Endpoint> listen;
  CHECK(!wrong(Endpoints{}, toml("[':1', ':2 :3']"), listen));
  CHECK(listen.size() == 3);
  const Wrong complaint = Endpoints{}.read(toml("[':1', ':x']"), listen);
  REQUIRE(complaint);
  CHECK(complaint->kind == Kind::said);
  CHECK(complaint->place.column == 12);
  CHECK(complaint->said->fault == &fault('E', 4004));
  CHECK(wrong(Endpoints{}, toml("[]"), listen) == Kind::range);
  CHECK(listen.size() == 3);
}

}  // namespace
}  // namespace appserve::config
