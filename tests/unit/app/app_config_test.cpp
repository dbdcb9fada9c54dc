#include "app/app_config.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace appserve::app;

namespace {

std::string get(const AppConfig& config, std::string_view key) {
  as_str value{"untouched", 9};
  const std::int32_t result = config.abi()->get(config.abi(), {key.data(), key.size()}, &value);
  return result == AS_OK ? std::string(value.ptr, value.len) : "no: " + std::to_string(result);
}

}  // namespace

TEST_CASE("scalars are found by dotted key, as text") {
  const AppConfig config("/game", "game1",
                         R"({"db": "a.sqlite", "board": {"size": 19, "wide": false}, "at": [1.5, {"x": null}]})");
  CHECK(get(config, "db") == "a.sqlite");
  CHECK(get(config, "board.size") == "19");
  CHECK(get(config, "board.wide") == "false");
  CHECK(get(config, "at.0") == "1.5");
  CHECK(get(config, "at.1.x") == "null");
}

TEST_CASE("tables and unknown keys are no scalars") {
  const AppConfig config("", "", R"({"board": {"size": 19}})");
  CHECK(get(config, "board") == "no: -1");
  CHECK(get(config, "") == "no: -1");
  CHECK(get(config, "board.siz") == "no: -1");
}

TEST_CASE("prefix, name and JSON are handed out as they are") {
  const AppConfig config("/game", "game1", R"({"a":1})");
  CHECK(config.abi()->size == sizeof(as_config));
  CHECK(std::string_view(config.abi()->prefix.ptr, config.abi()->prefix.len) == "/game");
  CHECK(std::string_view(config.abi()->name.ptr, config.abi()->name.len) == "game1");
  CHECK(std::string_view(config.abi()->json.ptr, config.abi()->json.len) == R"({"a":1})");
}

TEST_CASE("escapes in strings are resolved") {
  const auto flat = flatten_json(R"({"s": "\"\\\/\b\f\n\r\t\u0041\u00e4\u20ac\ud83d\ude00"})");
  CHECK(flat.at("s") == "\"\\/\b\f\n\r\tA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST_CASE("what is not one JSON object gives nothing") {
  for (const char* json : {"", "[]", "1", "{", "{}x", R"({"a":})", R"({"a":1,})", R"({"a" 1})", R"({a:1})",
                           R"({"a":tru})", R"({"a":"\x"})", R"({"a":"\u12g4"})", R"({"a":"\ud83d"})",
                           R"({"a":"\udc00"})", "{\"a\":\"\n\"}", R"({"a":[1,]})", R"({"a":"b)"}) {
    CAPTURE(json);
    CHECK(flatten_json(json).empty());
  }
  CHECK(flatten_json(R"({"a":)" + std::string(100'000, '[') + "}").empty());
}

TEST_CASE("a summary for messages names everything and betrays no secret") {
  CHECK(AppConfig("", "", "{}").summary() == "nothing");
  CHECK(AppConfig("", "", R"({"db": "a.sqlite", "smtp": {"Password": "hunter2", "port": 25}, "api_key": "x"})")
            .summary() == "api_key = …, db = a.sqlite, smtp.Password = …, smtp.port = 25");
  CHECK(AppConfig("", "", R"({"url": "redis://me:hunter2@host:6379"})").summary() == "url = redis://…@host:6379");
  const std::string long_value = AppConfig("", "", R"({"a": ")" + std::string(5000, 'x') + R"("})").summary();
  CHECK(long_value.size() < 100);
}
