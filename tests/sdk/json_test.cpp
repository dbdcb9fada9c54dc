// Structs as JSON, the dynamic value, bodies and settings.
#include <doctest/doctest.h>
#include <appserve/test.hpp>

#include <limits>

using namespace appserve;

namespace {

struct Todo {
  std::int64_t id = 0;
  std::string title;
  bool done = false;
};
struct NewTodo {
  std::string title;
  bool done = false;
};
struct Everything {
  bool b = false;
  int i = 0;
  unsigned char small = 0;
  std::uint64_t big = 0;
  double d = 0;
  char cell = '-';
  std::string s;
  std::optional<int> maybe;
  std::vector<Todo> list;
  std::map<std::string, int> map;
  std::array<int, 3> three{};
  Todo nested;
  Json any;
};
struct Tree {
  int value = 0;
  std::vector<Tree> children;
};
struct Wide {
  int a1 = 1, a2 = 2, a3 = 3, a4 = 4, a5 = 5, a6 = 6, a7 = 7, a8 = 8, a9 = 9, a10 = 10, a11 = 11, a12 = 12, a13 = 13,
      a14 = 14, a15 = 15, a16 = 16, a17 = 17, a18 = 18, a19 = 19, a20 = 20, a21 = 21, a22 = 22, a23 = 23, a24 = 24,
      a25 = 25, a26 = 26, a27 = 27, a28 = 28, a29 = 29, a30 = 30, a31 = 31, the_last_one = 32;
};
struct Empty {};
struct Settings {
  int max_items = 1000;
  std::string greeting = "hello";
  Empty nothing;
};

void api(App& app) {
  app.post("/todos", [](NewTodo in) { return std::pair{201, Todo{7, in.title, in.done}}; });
  app.get("/todos", [] { return std::vector<Todo>{{1, "a", true}}; });
  app.get("/todos/{id}",
          [](int id) -> std::optional<Todo> { return id == 1 ? std::optional(Todo{1, "a", true}) : std::nullopt; });
  app.get("/dynamic", [] { return Json{{"slept_ms", 50}, {"list", Json::array({1, "two", nullptr})}}; });
  app.get("/abort", []() -> Todo { abort(409, "say \"no\""); });
  app.post("/any", [](Json any) { return any; });
  app.post("/task", [](NewTodo in) -> Task<Todo> {
    co_await sleep(1s);
    co_return Todo{8, in.title, in.done};
  });
}

std::string problem_of(std::string_view text) {
  std::string problem;
  CHECK_FALSE(from_json<Everything>(text, &problem));
  return problem;
}

}  // namespace

TEST_CASE("a struct goes to JSON and back, all kinds of members") {
  Everything e;
  e.b = true;
  e.i = -5;
  e.small = 255;
  e.big = std::numeric_limits<std::uint64_t>::max();
  e.d = 0.1;
  e.cell = 'X';
  e.s = "quote \" slash \\ tab \t \xc3\xa4 \x01";
  e.list = {{1, "one", true}};
  e.map = {{"k", 1}};
  e.three = {1, 2, 3};
  e.nested.title = "inner";
  e.any = Json{{"x", 1}};
  const std::string text = to_json(e);
  CHECK(text == R"({"b":true,"i":-5,"small":255,"big":18446744073709551615,"d":0.1,"cell":"X",)"
                R"("s":"quote \" slash \\ tab \t ä \u0001","maybe":null,"list":[{"id":1,"title":"one","done":true}],)"
                R"("map":{"k":1},"three":[1,2,3],"nested":{"id":0,"title":"inner","done":false},"any":{"x":1}})");
  const auto back = from_json<Everything>(text);
  REQUIRE(back);
  CHECK(to_json(*back) == text);
}

TEST_CASE("names and number of members come from the struct itself") {
  CHECK(to_json(Wide{}).ends_with(R"("a31":31,"the_last_one":32})"));
  CHECK(to_json(Empty{}) == "{}");
  struct Local {
    int inside_a_function = 1;
  };
  CHECK(to_json(Local{}) == R"({"inside_a_function":1})");
  CHECK(to_json(Tree{1, {{2, {}}, {3, {{4, {}}}}}}) ==
        R"({"value":1,"children":[{"value":2,"children":[]},{"value":3,"children":[{"value":4,"children":[]}]}]})");
}

TEST_CASE("what does not fit is named by its path") {
  CHECK(problem_of(R"({"b":1})") == "value.b: expected true or false");
  CHECK(problem_of(R"({"i":"1"})") == "value.i: expected an integer");
  CHECK(problem_of(R"({"i":1.5})") == "value.i: expected an integer in range");
  CHECK(problem_of(R"({"small":256})") == "value.small: expected an integer in range");
  CHECK(problem_of(R"({"i":99999999999})") == "value.i: expected an integer in range");
  CHECK(problem_of(R"({"s":null})") == "value.s: expected a string");
  CHECK(problem_of(R"({"list":[{"id":1},{"title":2}]})") == "value.list[1].title: expected a string");
  CHECK(problem_of(R"({"map":{"a":1,"b":"x"}})") == "value.map.b: expected an integer");
  CHECK(problem_of(R"({"three":[1,2]})") == "value.three: expected an array of 3");
  CHECK(problem_of(R"({"nested":[]})") == "value.nested: expected an object");
  CHECK(problem_of(R"([])") == "value: expected an object");
}

TEST_CASE("text that is no JSON says what and where") {
  CHECK(problem_of("") == "The document is empty at byte 0");
  CHECK(problem_of(R"({"a":})") == "Invalid value at byte 5");
  CHECK(problem_of("{} {}") == "The document root must not be followed by other values at byte 3");
  CHECK_FALSE(Json::parse(std::string_view("{}\0", 3)));
  CHECK_FALSE(Json::parse("\"\xff\""));
  CHECK_FALSE(Json::parse("01"));
  CHECK_FALSE(Json::parse("nan"));
  CHECK(Json::parse(std::string(64, '[') + std::string(64, ']')));
  CHECK(problem_of(std::string(65, '[')).starts_with("nested too deeply"));
  CHECK(problem_of(std::string(1000000, '[')).starts_with("nested too deeply"));
}

TEST_CASE("an absent member keeps its default, unknown ones are ignored, the last of equal keys counts") {
  const auto todo = from_json<NewTodo>(R"({"extra":[1,{}],"title":"a","title":"b"})");
  REQUIRE(todo);
  CHECK(todo->title == "b");
  CHECK_FALSE(todo->done);
  CHECK(from_json<Everything>(R"({"maybe":null})")->maybe == std::nullopt);
  CHECK(from_json<Everything>(R"({"maybe":3,"i":5.0})")->maybe == 3);
}

TEST_CASE("Json values") {
  const Json j{{"a", 1}, {"b", "text"}, {"c", Json::array({1, 2})}, {"d", Json::object()}, {"e", true}, {"f", 1.5}};
  CHECK(j.dump() == R"({"a":1,"b":"text","c":[1,2],"d":{},"e":true,"f":1.5})");
  CHECK(Json::parse(j.dump()) == j);
  CHECK(j["a"].integer<int>() == 1);
  CHECK(j["c"][1].integer<int>() == 2);
  CHECK(j["c"][9].is_null());
  CHECK(j["nothing"]["at"]["all"].is_null());
  CHECK(j["b"].str() == "text");
  CHECK(j["f"].number() == 1.5);
  CHECK(Json(300).integer<unsigned char>() == std::nullopt);
  CHECK(Json(-1).integer<unsigned>() == std::nullopt);
  CHECK(Json(std::numeric_limits<double>::infinity()).dump() == "null");
  CHECK((Json{"a", "b"}).dump() == R"(["a","b"])");
  Json built;
  built.set("x", 1).set("x", 2).set("y", Json().push_back(1));
  CHECK(built.dump() == R"({"x":2,"y":[1]})");
}

TEST_CASE("a struct parameter is the JSON body; the error names the field") {
  for (const std::uint64_t chaos : {0u, 1u, 2u, 3u, 4u}) {
    TestClient c(api, {.chaos = chaos});
    auto r = c.post("/todos", R"({"title":"milk"})");
    CHECK(r.status == 201);
    CHECK(r.content_type == "application/json");
    CHECK(r.body == R"({"id":7,"title":"milk","done":false})");
    r = c.post("/todos", R"({"title":5})");
    CHECK(r.status == 422);
    CHECK(r.body == R"({"error":"body.title: expected a string"})");
    CHECK(r.content_type == "application/json");
    r = c.post("/todos", "{");
    CHECK(r.status == 400);
    CHECK(r.body == R"({"error":"body: Missing a name for object member at byte 1"})");
    CHECK(c.post("/todos", "").status == 400);
    r = c.post("/todos", "title=milk", "application/x-www-form-urlencoded");
    CHECK(r.status == 415);
    CHECK(r.body == R"({"error":"expected application/json, not application/x-www-form-urlencoded"})");
    CHECK(c.post("/todos", R"({"title":"x"})", "application/merge-patch+json; charset=utf-8").status == 201);
    CHECK(c.post("/task", R"({"title":"t"})").body == R"({"id":8,"title":"t","done":false})");
    CHECK(c.post("/any", "[1,null]").body == "[1,null]");
    CHECK(c.in_flight() == 0);
  }
}

TEST_CASE("results with a JSON form become JSON, and errors of such handlers too") {
  TestClient c(api);
  CHECK(c.get("/todos").body == R"([{"id":1,"title":"a","done":true}])");
  CHECK(c.get("/todos/1").content_type == "application/json");
  CHECK(c.get("/todos/2").status == 404);
  CHECK(c.get("/todos/2").body == R"({"error":"Not Found"})");
  CHECK(c.get("/dynamic").body == R"({"slept_ms":50,"list":[1,"two",null]})");
  CHECK(c.get("/abort").body == R"({"error":"say \"no\""})");
  CHECK(c.get("/nothing").body == "Not Found\n");
}

TEST_CASE("settings: defaults, values, and one sentence for what is wrong") {
  const auto make = [](const std::string& config) {
    Settings out;
    TestClient c([&](App&, const Config& conf) { out = conf.as<Settings>(); }, {.config = config});
    return out;
  };
  CHECK(make("{}").max_items == 1000);
  CHECK(make(R"({"max_items":3})").max_items == 3);
  CHECK_THROWS_WITH_AS(make(R"({"max_items":"3"})"), "app.config.max_items: expected an integer", ConfigError);
  CHECK_THROWS_WITH_AS(make(R"({"max_itmes":3})"),
                       "app.config.max_itmes: unknown; there is max_items, greeting, nothing", ConfigError);
}

TEST_CASE("single settings by dotted key") {
  TestClient c(
      [](App&, const Config& config) {
        CHECK(config.name() == "game1");
        CHECK(config.get("redis.url") == "redis://x");
        CHECK_FALSE(config.get("redis.port"));
        CHECK(config.get_or<int>("size", 3) == 5);
        CHECK(config.get_or<int>("absent", 3) == 3);
        CHECK(config.get_or<std::string>("redis.url", "") == "redis://x");
        CHECK_THROWS_AS(config.get_or<int>("redis.url", 1), ConfigError);
      },
      {.config = R"({"size":5,"redis":{"url":"redis://x"}})", .name = "game1"});
}
