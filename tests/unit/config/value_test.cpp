#include "config/value.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "config/toml_file.hpp"

namespace appserve::config {
namespace {

std::string json_of(const std::string& toml) { return to_json(parse_toml(toml, "t.toml")->root); }

TEST_CASE("TOML becomes JSON, value by value, in the file's order") {
  CHECK(json_of("") == "{}");
  CHECK(json_of("z = 1\na = -2\n") == R"({"z":1,"a":-2})");
  CHECK(json_of("a = true\nb = false") == R"({"a":true,"b":false})");
  CHECK(json_of("a = 2.5\nb = 5.0\nc = 1e100") == R"({"a":2.5,"b":5.0,"c":1e+100})");
  CHECK(json_of("a = inf\nb = nan") == R"({"a":null,"b":null})");
  CHECK(json_of("a = [1, [2, 'x'], {}]\n[t.u]\nv = 1") == R"({"a":[1,[2,"x"],{}],"t":{"u":{"v":1}}})");
  CHECK(json_of("a = 9223372036854775807\nb = -9223372036854775808") ==
        R"({"a":9223372036854775807,"b":-9223372036854775808})");
}

TEST_CASE("dates become strings") {
  CHECK(json_of("a = 2026-03-01\nb = 07:32:00\nc = 2026-03-01T07:32:00Z\nd = 2026-03-01T07:32:00") ==
        R"({"a":"2026-03-01","b":"07:32:00","c":"2026-03-01T07:32:00Z","d":"2026-03-01T07:32:00"})");
}

TEST_CASE("every character a JSON string cannot have as it is is escaped, in keys too") {
  CHECK(json_of(R"(a = "q\"b\\n\n\u0000\u001f\u007fé/")") ==
        "{\"a\":\"q\\\"b\\\\n\\u000a\\u0000\\u001f\x7F\xC3\xA9/\"}");
  CHECK(json_of(R"("k\"\n" = 1)") == R"({"k\"\u000a":1})");
}

TEST_CASE("kinds have TOML's names") {
  CHECK(kind_name(Value::Kind::string) == "string");
  CHECK(kind_name(Value::Kind::number) == "float");
  CHECK(kind_name(Value::Kind::table) == "table");
}

TEST_CASE("a source says where its values come from") {
  const SourceText text{"config.toml", {"a = 1"}};
  CHECK(Source{Source::Kind::file, "", &text}.origin({1, 5, 1}) == "config.toml:1");
  CHECK(Source{Source::Kind::environment, "APPSERVE_X", nullptr}.origin({}) == "env APPSERVE_X");
  CHECK(Source{Source::Kind::argument, "--x", nullptr}.origin({}) == "--x");
}

TEST_CASE("a mark outside the file quotes an empty line") {
  const SourceText text{"config.toml", {"a = 1"}};
  CHECK(text.mark({1, 5, 1}).text == "a = 1");
  CHECK(text.mark({2, 1, 1}).text.empty());
  CHECK(text.mark({0, 0, 1}).text.empty());
}

}  // namespace
}  // namespace appserve::config
