// Parameters by type, results by type, errors.
#include <doctest/doctest.h>
#include <appserve/test.hpp>

using namespace appserve;

namespace {

struct NotYours : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int plain_function_calls = 0;
std::string plain_function(Request& req) {
  ++plain_function_calls;
  return std::string(req.method());
}

}  // namespace

TEST_CASE("what a handler returns is the response") {
  TestClient c([](App& app) {
    app.get("/literal", [] { return "text\n"; });
    app.get("/string", [] { return std::string(40000, 'x'); });
    app.get("/view", [] { return std::string_view("view"); });
    app.get("/void", [] {});
    app.get("/pair", [] { return std::pair{202, "later"}; });
    app.get("/some", []() -> std::optional<std::string> { return "some"; });
    app.get("/none", []() -> std::optional<std::string> { return std::nullopt; });
    app.get("/response", [] { return Response(418, "short and stout").header("X-Tea", "yes"); });
    app.get("/html", [] { return Response::html("<p>"); });
    app.get("/maybe/{n}", [](int n) -> std::optional<Response> {
      return n > 0 ? std::optional(Response::text("positive")) : std::nullopt;
    });
    app.get("/task", []() -> Task<std::string> { co_return "task"; });
    app.get("/task/void", []() -> Task<> { co_return; });
    app.get("/task/pair", []() -> Task<std::pair<int, std::string>> { co_return std::pair{201, "made"}; });
    app.get("/task/none", []() -> Task<std::optional<std::string>> { co_return std::nullopt; });
    app.get("/shared",
            [body = std::make_shared<const std::string>("shared")] { return Response::shared(body, "text/css"); });
    app.get("/away", [] { return Response::redirect("/literal"); });
    app.get("/function", plain_function);
  });
  CHECK(c.get("/literal").body == "text\n");
  CHECK(c.get("/literal").content_type == "text/plain; charset=utf-8");
  CHECK(c.get("/string").body.size() == 40000);
  CHECK(c.get("/view").body == "view");
  CHECK(c.get("/void").status == 204);
  CHECK(c.get("/pair").status == 202);
  CHECK(c.get("/pair").body == "later");
  CHECK(c.get("/some").body == "some");
  CHECK(c.get("/none").status == 404);
  CHECK(c.get("/response").status == 418);
  CHECK(c.get("/response").header("x-tea") == "yes");
  CHECK(c.get("/html").content_type == "text/html; charset=utf-8");
  CHECK(c.get("/maybe/1").body == "positive");
  CHECK(c.get("/maybe/0").status == 404);
  CHECK(c.get("/task").body == "task");
  CHECK(c.get("/task/void").status == 204);
  CHECK(c.get("/task/pair").status == 201);
  CHECK(c.get("/task/none").status == 404);
  CHECK(c.get("/shared").body == "shared");
  CHECK(c.get("/away").status == 302);
  CHECK(c.get("/away").header("location") == "/literal");
  CHECK(c.get("/function").body == "GET");
  CHECK(plain_function_calls == 1);
}

TEST_CASE("query, header and cookie parameters: present, absent, malformed") {
  TestClient c([](App& app) {
    app.get("/q", [](Query<"name"> name) { return *name; });
    app.get("/page", [](Query<"n", int, 1> n) { return std::to_string(*n); });
    app.get("/flag", [](Query<"on", std::optional<bool>> on) { return !*on ? "absent" : **on ? "yes" : "no"; });
    app.get("/h", [](Header<"x-key"> key) { return *key; });
    app.get("/c", [](Cookie<"sid", std::optional<std::string>> sid) { return sid->value_or("none"); });
    app.get("/mixed/{id}", [](Query<"q"> q, int id, Request& req, Header<"a"> a) {
      return *q + std::to_string(id) + *a + std::string(req.method());
    });
  });
  CHECK(c.get("/q?x=1&name=Ada+Lovelace%21&name=2").body == "Ada Lovelace!");
  CHECK(c.get("/q?n%61me=x").body == "x");
  CHECK(c.get("/q?name").body.empty());
  CHECK(c.get("/q").status == 400);
  CHECK(c.get("/q").body == "query parameter 'name' is missing\n");
  CHECK(c.get("/page").body == "1");
  CHECK(c.get("/page?n=7").body == "7");
  CHECK(c.get("/page?n=7x").status == 400);
  CHECK(c.get("/page?n=7x").body == "query parameter 'n' is not a valid integer\n");
  CHECK(c.get("/flag").body == "absent");
  CHECK(c.get("/flag?on=true").body == "yes");
  CHECK(c.get("/flag?on=maybe").status == 400);
  CHECK(c.get("/h").status == 400);
  CHECK(c.request({.target = "/h", .headers = {{"X-Key", "k"}}}).body == "k");
  CHECK(c.get("/c").body == "none");
  CHECK(c.request({.target = "/c", .headers = {{"cookie", "a=b; sid=42; z=1"}}}).body == "42");
  CHECK(c.request({.target = "/mixed/5?q=Q", .headers = {{"a", "A"}}}).body == "Q5AGET");
}

TEST_CASE("the request tells what the client sent and where the app is mounted") {
  TestClient c(
      [](App& app) {
        app.get("/x/{a}/{b}", [](Request& req) {
          CHECK(req.prefix() == "/mount");
          CHECK(req.path() == "/x/1/b%2Fc");
          CHECK(req.target() == "/mount/x/1/b%2Fc?k=v");
          CHECK(req.query_string() == "k=v");
          CHECK(req.param(1) == "b/c");
          CHECK(req.param(2).empty());
          CHECK(req.query("k") == "v");
          CHECK_FALSE(req.query("q"));
          CHECK(req.query<int>("k") == std::nullopt);
          CHECK(req.route() == "/x/{a}/{b}");
          CHECK(req.header_count() == 1);
          CHECK(req.header_at(0).name == "x-a");
          CHECK_FALSE(req.id().empty());
        });
      },
      {.prefix = "/mount"});
  CHECK(c.request({.target = "/x/1/b%2Fc?k=v", .headers = {{"X-A", "1"}}}).status == 204);
}

TEST_CASE("abort() ends a handler with that status, before or after a wait") {
  TestClient c([](App& app) {
    app.get("/now", []() -> std::string { abort(409, "the game is over"); });
    app.get("/bare", []() -> std::string { abort(403); });
    app.get("/later", []() -> Task<std::string> {
      co_await sleep(1s);
      abort(410);
    });
  });
  CHECK(c.get("/now").status == 409);
  CHECK(c.get("/now").body == "the game is over\n");
  CHECK(c.get("/now").failure.empty());
  CHECK(c.get("/bare").body == "Forbidden\n");
  CHECK(c.get("/later").status == 410);
}

TEST_CASE("an unexpected exception is a failure with the type's name") {
  TestClient c([](App& app) {
    app.get("/sync", []() -> std::string { throw std::runtime_error("boom"); });
    app.get("/task", []() -> Task<> {
      co_await sleep(1s);
      throw NotYours("mine");
    });
    app.get("/odd", []() -> std::string { throw 7; });
    app.get("/header", [] { return Response(200).header("x", "a\r\nset-cookie: b"); });
  });
  CHECK(c.get("/sync").status == 500);
  CHECK(c.get("/sync").failure == "std::runtime_error: boom");
  CHECK(c.get("/task").failure == "(anonymous namespace)::NotYours: mine");
  CHECK(c.get("/odd").failure == "int");
  CHECK(c.get("/header").status == 500);
  CHECK(c.get("/header").failure.find("refused") != std::string::npos);
}

TEST_CASE("error handlers catch by type, wherever the error came from") {
  TestClient c([](App& app) {
    app.on_error([](const NotYours& e) { return std::pair{403, std::string(e.what())}; });
    app.on_error([](const std::out_of_range&, Request& req) { return Response(404, std::string(req.path())); });
    app.get("/sync", []() -> std::string { throw NotYours("no"); });
    app.get("/task", []() -> Task<std::string> {
      co_await sleep(1s);
      throw NotYours("later");
    });
    app.get("/range", []() -> std::string { throw std::out_of_range("x"); });
    app.get("/other", []() -> std::string { throw std::runtime_error("other"); });
  });
  CHECK(c.get("/sync").status == 403);
  CHECK(c.get("/sync").body == "no");
  CHECK(c.get("/task").status == 403);
  CHECK(c.get("/range").body == "/range");
  CHECK(c.get("/other").failure == "std::runtime_error: other");
}

TEST_CASE("middleware wraps every answer of the app, outermost first") {
  std::string trace;
  TestClient c([&](App& app) {
    app.use([&](Request& req, Next next) -> Task<Response> {
      trace += "(";
      Response r = co_await next(req);
      trace += ")";
      r.header("x-status", std::to_string(r.status()));
      co_return r;
    });
    app.use([&](Request&) { trace += "b"; });
    app.use([&](Request&, Response&) { trace += "a"; });
    app.get("/", [&] {
      trace += "h";
      return "ok";
    });
    app.get("/task", [&]() -> Task<std::string> {
      co_await sleep(1s);
      trace += "t";
      co_return "ok";
    });
    app.get("/abort", []() -> std::string { abort(409); });
    app.get("/throw", []() -> std::string { throw std::runtime_error("boom"); });
    app.post("/body", [](Body b) { return b.text; });
  });
  const auto trace_of = [&](const char* path) {
    trace.clear();
    c.get(path);
    return trace;
  };
  CHECK(trace_of("/") == "(bha)");
  CHECK(trace_of("/task") == "(bta)");
  CHECK(c.get("/").header("x-status") == "200");
  CHECK(c.get("/abort").header("x-status") == "409");
  CHECK(c.get("/nowhere").header("x-status") == "404");
  CHECK(c.post("/", "").header("x-status") == "405");
  CHECK(trace_of("/throw") == "(b");
  CHECK(c.get("/throw").failure == "std::runtime_error: boom");
  CHECK(c.post("/body", "abc").body == "abc");
}

TEST_CASE("a middleware can catch what a handler throws and answer for it") {
  TestClient c([](App& app) {
    app.use([](Request& req, Next next) -> Task<Response> {
      std::string what;
      try {
        co_return co_await next(req);
      } catch (const std::exception& e) {
        what = e.what();
      }
      co_return Response(503, what);
    });
    app.get("/", []() -> Task<> {
      co_await sleep(1s);
      throw std::runtime_error("caught");
    });
  });
  CHECK(c.get("/").status == 503);
  CHECK(c.get("/").body == "caught");
}

TEST_CASE("cookies and repeated headers") {
  TestClient c([](App& app) {
    app.get("/", [] {
      Response r(200, "x");
      r.cookie({.name = "sid", .value = "1", .max_age = std::chrono::hours(1), .secure = true});
      r.cookie({.name = "theme", .value = "dark", .http_only = false, .same_site = SameSite::strict});
      return r.header("a", "1").header("A", "2");
    });
  });
  const auto r = c.get("/");
  REQUIRE(r.headers.size() == 3);
  CHECK(r.headers[0].second == "sid=1; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure");
  CHECK(r.headers[1].second == "theme=dark; Path=/; SameSite=Strict");
  CHECK(r.header("a") == "2");
}

TEST_CASE("a body parameter waits for the body and is limited") {
  const auto app = [](App& a) {
    a.max_body(10);
    a.post("/", [](Body b) { return "got " + b.text; });
  };
  TestClient c(app);
  CHECK(c.post("/", "hello").body == "got hello");
  auto call = c.start({.method = "POST", .body = "he", .open_body = true});
  CHECK(call.pending());
  c.feed(call, "llo");
  CHECK(call.pending());
  c.finish_body(call);
  CHECK(call.body() == "got hello");
  auto large = c.start({.method = "POST", .body = "01234567890", .open_body = true});
  CHECK(large.status() == 413);
  auto gone = c.start({.method = "POST", .body = "he", .open_body = true});
  c.disconnect(gone);
  CHECK_FALSE(gone.pending());
  CHECK(gone.response().failure.empty());
}

TEST_CASE("an app says whether requests may come, its sub-apps too") {
  std::optional<std::string> why;
  TestClient c([&](App& app) {
    App part;
    part.get("/part", [] { return "part"; });
    part.health([&]() -> std::optional<std::string> {
      if (why == "throw") throw std::runtime_error("no answer");
      return why;
    });
    app.health([] { return std::optional<std::string>(); });
    app.mount("/", std::move(part));
  });
  CHECK(c.get("/part").body == "part");
  CHECK(c.health().empty());
  why = "the database is away";
  CHECK(c.health() == "the database is away");
  why = "throw";
  CHECK(c.health() == "std::runtime_error: no answer");
  CHECK(TestClient([](App&) {}).health().empty());
}
