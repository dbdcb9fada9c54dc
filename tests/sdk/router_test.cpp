// Which route a path finds, and what a path without a route gets.
#include <doctest/doctest.h>
#include <appserve/test.hpp>

using namespace appserve;

namespace {

void site(App& app) {
  app.get("/", [] { return "root"; });
  app.get("/todos", [] { return "list"; }).post("/todos", [] { return std::pair{201, "made"}; });
  app.get("/todos/new", [] { return "form"; });
  app.get("/todos/{id}", [](int id) { return "todo " + std::to_string(id); });
  app.del("/todos/{id}", [](int) {});
  app.put("/todos/new/{what}", [](std::string what) { return "put " + what; });
  app.get("/files/{path...}", [](std::string path) { return "file " + path; });
  app.get("/a/{x}/b/{y}", [](std::string x, long y) { return x + "-" + std::to_string(y); });
  app.get("/caf\xc3\xa9", [] { return "coffee"; });
  app.route("PURGE", "/cache", [] { return "purged"; });
}

TestResponse ask(TestClient& c, const char* method, const char* target) {
  return c.request({.method = method, .target = target});
}

}  // namespace

TEST_CASE("a literal segment wins over a parameter, and each method has its own route") {
  TestClient c(site);
  CHECK(c.get("/").body == "root");
  CHECK(c.get("/todos").body == "list");
  CHECK(c.get("/todos/new").body == "form");
  CHECK(c.get("/todos/7").body == "todo 7");
  CHECK(c.get("/todos/7").route == "/todos/{id}");
  CHECK(c.post("/todos", "").status == 201);
  CHECK(c.del("/todos/7").status == 204);
  CHECK(ask(c, "PURGE", "/cache").body == "purged");
}

TEST_CASE("a literal without the method gives way to a parameter that has it") {
  TestClient c(site);
  CHECK(c.del("/todos/9").status == 204);
  TestClient d([](App& app) {
    app.post("/x/new", [] { return "post"; });
    app.get("/x/{id}", [](std::string id) { return "get " + id; });
  });
  CHECK(d.get("/x/new").body == "get new");
}

TEST_CASE("paths match whole segments and nothing else") {
  TestClient c(site);
  for (const char* path : {"/todo", "/todosx", "/todos/", "/todos//", "//", "/todos/7/8", "/a//b/2", "/TODOS"})
    CHECK_MESSAGE(c.get(path).status == 404, path);
}

TEST_CASE("parameters are decoded segment by segment") {
  TestClient c(site);
  CHECK(c.get("/a/x%2Fy/b/2").body == "x/y-2");
  CHECK(c.get("/a/Gr%C3%BC%c3%9fe/b/-3").body ==
        "Gr\xc3\xbc\xc3\x9f"
        "e--3");
  CHECK(c.get("/a/100%/b/1").body == "100%-1");
  CHECK(c.get("/caf%C3%A9").body == "coffee");
  CHECK(c.get("/%74odos").body == "list");
  CHECK(c.get("/todos/%37").body == "todo 7");
}

TEST_CASE("a rest parameter takes all that is left, slashes included") {
  TestClient c(site);
  CHECK(c.get("/files/a/b%20c.txt").body == "file a/b c.txt");
  CHECK(c.get("/files/").body == "file ");
  CHECK(c.get("/files").status == 404);
}

TEST_CASE("a path value that does not parse is a 404") {
  TestClient c(site);
  for (const char* path : {"/todos/abc", "/todos/1x", "/todos/99999999999999999999", "/todos/1.5", "/todos/+1"})
    CHECK_MESSAGE(c.get(path).status == 404, path);
}

TEST_CASE("another method on a known path is 405 and says which are allowed") {
  TestClient c(site);
  const auto r = c.put("/todos", "");
  CHECK(r.status == 405);
  CHECK(r.header("allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(ask(c, "PATCH", "/todos/7").header("allow") == "GET, HEAD, DELETE, OPTIONS");
  CHECK(ask(c, "BREW", "/cache").header("allow") == "PURGE, OPTIONS");
  CHECK(ask(c, "BREW", "/nothing").status == 404);
}

TEST_CASE("HEAD comes with GET and OPTIONS by itself") {
  TestClient c(site);
  CHECK(ask(c, "HEAD", "/todos").status == 200);
  CHECK(ask(c, "HEAD", "/todos").body.empty());
  CHECK(ask(c, "HEAD", "/cache").status == 405);
  const auto r = ask(c, "OPTIONS", "/todos");
  CHECK(r.status == 204);
  CHECK(r.header("allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(ask(c, "OPTIONS", "*").status == 204);
  CHECK(ask(c, "OPTIONS", "/nothing").status == 404);
}

TEST_CASE("the same route twice is refused when the app is made") {
  const auto twice = [](App& app) {
    app.get("/a/{x}", [](int) {});
    app.get("/a/{y}", [](std::string) {});
  };
  CHECK_THROWS_WITH_AS(TestClient{twice}, "GET /a/{y} is already served by /a/{x}", std::logic_error);
}

TEST_CASE("groups add a prefix and their own middleware; sub-apps come with theirs") {
  TestClient c([](App& app) {
    auto api = app.group("/api");
    api.get("/ping", [] { return "pong"; });
    auto admin = api.group("/admin");
    admin.use([](Request& req) -> std::optional<Response> {
      if (req.header("authorization")) return std::nullopt;
      return Response(401, "who are you?\n");
    });
    admin.get("/stats", [] { return "stats"; });

    App blog;
    blog.use([](Request&, Response& r) { r.header("x-blog", "1"); });
    blog.get("/", [] { return "posts"; }).get("/{slug}", [](std::string slug) { return slug; });
    app.mount("/blog", std::move(blog));
  });
  CHECK(c.get("/api/ping").body == "pong");
  CHECK(c.get("/api/admin/stats").status == 401);
  CHECK(c.request({.target = "/api/admin/stats", .headers = {{"Authorization", "x"}}}).body == "stats");
  CHECK(c.get("/blog/").header("x-blog") == "1");
  CHECK(c.get("/blog/hello").body == "hello");
  CHECK(c.get("/api/ping").header("x-blog").empty());
  CHECK(c.get("/blog/hello").route == "/blog/{slug}");
}

TEST_CASE("an app lists its routes") {
  TestClient c(site);
  CHECK(c.routes().size() == 11);
  CHECK(c.routes()[2] == "POST /todos");
}

namespace {
template <std::size_t N>
constexpr std::size_t params(const char (&p)[N]) {
  return detail::checked_pattern(std::string_view(p, N - 1));
}
static_assert(params("/") == 0 && params("/a/{b}") == 1 && params("/{a}/{b}/{c...}") == 3);

// A pattern is good exactly if its check is a constant expression.
template <detail::Literal P>
concept Good = requires { typename std::integral_constant<std::size_t, detail::checked_pattern(P.view())>; };
static_assert(Good<"/a/{b}">);
static_assert(!Good<"a">);
static_assert(!Good<"">);
static_assert(!Good<"/{a">);
static_assert(!Good<"/a}">);
static_assert(!Good<"/{}">);
static_assert(!Good<"/x{a}">);
static_assert(!Good<"/{a}x">);
static_assert(!Good<"/{a...}/b">);
static_assert(!Good<"/{a b}">);
static_assert(!Good<"/a?b">);
static_assert(!Good<"/{1}/{2}/{3}/{4}/{5}/{6}/{7}/{8}/{9}">);
}  // namespace
