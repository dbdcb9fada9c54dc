// The apps we build, loaded as the shared libraries they are, through the same table as in the server.
#include <doctest/doctest.h>
#include <unistd.h>
#include <appserve/test.hpp>

#include <filesystem>

using namespace appserve;

namespace {

std::string library(const std::string& name, const std::string& symbol = "app") {
  return std::string(APPS_FOLDER) + "/lib" + name + ".so:" + symbol;
}

TestResponse ask(TestClient& c, std::string method, std::string target) {
  return c.request({.method = std::move(method), .target = std::move(target)});
}

}  // namespace

TEST_CASE("hello in C++ and in C are the same app") {
  for (const char* name : {"hello", "hello_c"}) {
    CAPTURE(name);
    TestClient c(library(name));
    CHECK(c.get("/").body == "Hello, World!\n");
    CHECK(c.get("/").content_type == "text/plain; charset=utf-8");
    CHECK(c.get("/hello/Ada").body == "Hello, Ada!\n");
    CHECK(c.get("/hello/Ada").route == "/hello/{name}");
    CHECK(c.get("/hello/Ad%C3%A9%2F%zz").body == "Hello, Ad\xc3\xa9/%zz!\n");
    CHECK(c.get("/hello/").status == 404);
    CHECK(c.get("/hello/a/b").status == 404);
    CHECK(c.get("/nothing").status == 404);
    CHECK(c.post("/", "").status == 405);
    CHECK(c.post("/hello/x", "").header("allow") == "GET, HEAD, OPTIONS");
    CHECK(ask(c, "OPTIONS", "/").status == 204);
    CHECK(ask(c, "HEAD", "/").status == 200);
    CHECK(c.routes().size() == 2);
  }
}

TEST_CASE("info tells who answers") {
  TestClient c(library("info"), {.config = R"({"message":"Moin"})", .name = "info1"});
  const auto r = c.get("/GetMyInfo");
  CHECK(r.content_type == "application/json");
  const auto j = Json::parse(r.body);
  REQUIRE(j);
  CHECK((*j)["message"].str() == "Moin");
  CHECK((*j)["instance"].str() == "info1");
  CHECK((*j)["pid"].integer<int>() == getpid());
  CHECK((*j)["client"].str() == "127.0.0.1:1");
  CHECK_FALSE((*j)["hostname"].str().empty());
  CHECK((*j)["time"].str().size() == 20);
  CHECK(c.get("/").status == 200);
  TestClient plain(library("info"));
  CHECK((*Json::parse(plain.get("/GetMyInfo").body))["message"].str().starts_with("Hello from "));
  CHECK_THROWS_WITH(TestClient(library("info"), {.config = R"({"massage":"x"})"}),
                    "app.config.massage: unknown; there is message");
}

TEST_CASE("echo gives back what comes, with type and length") {
  for (std::uint64_t chaos = 0; chaos < 5; ++chaos) {
    TestClient c(library("echo"), {.chaos = chaos});
    const std::string body(100000, 'e');
    auto r = c.post("/", body, "text/x");
    CHECK(r.body == body);
    CHECK(r.content_type == "text/x");
    CHECK(c.put("/any/where", "x").body == "x");
    CHECK(c.get("/").status == 200);
  }
}

TEST_CASE("torture answers every route that the tools need") {
  TestClient c(library("torture"), {.prefix = "/t"});
  CHECK(c.get("/").body == "hello\n");
  CHECK(c.get("/big").body.size() == 8388608);
  CHECK(c.get("/big?n=0").complete);
  CHECK(c.get("/big?n=65537").body.size() == 65537);
  CHECK(c.get("/big?n=-1").status == 400);
  CHECK(c.get("/slow?ms=5").body == "hello\n");
  CHECK(c.post("/echo", "abc").body == "abc");
  CHECK(c.get("/block?ms=1").body == "hello\n");
  CHECK(c.get("/log?n=3").body == "hello\n");
  REQUIRE(c.log().size() == 3);
  CHECK(c.log()[0].size() >= 190);
  for (const char* path : {"/whoami", "/a/b/whoami", "/?who=1", "/x?who=1"}) {
    const auto j = Json::parse(c.request({.target = path, .headers = {{"x-forwarded-for", "9.9.9.9"}}}).body);
    REQUIRE(j);
    CHECK((*j)["remote_addr"].str() == "127.0.0.1");
    CHECK((*j)["scheme"].str() == "http");
    CHECK((*j)["host"].str() == "test");
    CHECK((*j)["script_name"].str() == "/t");
    CHECK(std::string(path).starts_with((*j)["path_info"].str()));
    CHECK((*j)["xff"].str() == "9.9.9.9");
  }
  CHECK(c.get("/status/204").status == 204);
  CHECK(c.get("/status/503").body.empty());
  CHECK(c.get("/status/100").status == 404);
  CHECK(c.get("/stream").body.size() > 10);
  CHECK(c.request({.target = "/inspect?a=b", .headers = {{"X-A", "1"}, {"b", "2"}}}).body ==
        "GET /t/inspect?a=b\nx-a: 1\nb: 2\n");
  CHECK(c.get("/plaintext").body == "Hello, World!");
  CHECK(c.get("/json").body == R"({"message":"Hello, World!"})");
  CHECK(c.get("/json").content_type == "application/json");
  CHECK(c.get("/blob").body.size() == 1048576);
  CHECK(c.get("/elsewhere").status == 404);
}

TEST_CASE("one library can be loaded as two instances") {
  TestClient a(library("info"), {.config = R"({"message":"a"})"}), b(library("info"), {.config = R"({"message":"b"})"});
  CHECK(a.get("/GetMyInfo").body.find(R"("message":"a")") != std::string::npos);
  CHECK(b.get("/GetMyInfo").body.find(R"("message":"b")") != std::string::npos);
}

TEST_CASE("a library or symbol that is not there is an exception with the reason") {
  CHECK_THROWS_AS(TestClient("./none.so:app"), std::runtime_error);
  CHECK_THROWS_AS(TestClient(std::string(APPS_FOLDER) + "/libhello.so:nothing"), std::runtime_error);
}

TEST_CASE("clients may leave our apps at any point of any request") {
  char folder[] = "/tmp/appserve-shelf-XXXXXX";
  REQUIRE(mkdtemp(folder));
  const std::string shelf = R"({"folder":")" + std::string(folder) + R"("})";
  for (const auto& [app, config] :
       {std::pair(library("hello"), std::string("{}")), std::pair(library("hello_c"), std::string("{}")),
        std::pair(library("info"), std::string("{}")), std::pair(library("echo"), std::string("{}")),
        std::pair(library("shelf", "create_app"), shelf)}) {
    CAPTURE(app);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      TestClient c(app, {.config = config, .chaos = seed});
      c.leave_everywhere(
          {.method = "POST",
           .headers = {{"content-type", "multipart/form-data; boundary=b"}},
           .body = "--b\r\ncontent-disposition: form-data; name=file; filename=a.txt\r\n\r\ntext\r\n--b--\r\n"},
          [&](const TestResponse&) { CHECK(c.in_flight() == 0); });
      for (const char* method : {"GET", "POST"})
        for (const char* target : {"/", "/hello/Ada", "/GetMyInfo", "/a/b"})
          c.leave_everywhere({.method = method, .target = target, .body = std::string(method[0] == 'P' ? 100 : 0, 'b')},
                             [&](const TestResponse&) { CHECK(c.in_flight() == 0); });
      CHECK(c.timers() == 0);
    }
  }
  std::filesystem::remove_all(folder);
}
