#include <doctest/doctest.h>
#include <appserve/test.hpp>

using namespace appserve;

namespace {

const std::string kApp = "./libmyapp.so:create_app";

}  // namespace

TEST_CASE("a note is made, found, changed and removed") {
  TestClient c(kApp);  // no socket, no server: the same interface as in production
  const auto made = c.post("/notes", R"({"text":"buy milk"})");
  CHECK(made.status == 201);
  CHECK(made.body == R"({"id":1,"text":"buy milk","done":false})");
  CHECK(c.request({.method = "PATCH", .target = "/notes/1", .body = R"({"done":true})"}).status == 200);
  CHECK(c.get("/notes").body == R"([{"id":1,"text":"buy milk","done":true}])");
  CHECK(c.del("/notes/1").status == 204);
  CHECK(c.get("/notes/1").status == 404);
}

TEST_CASE("what does not fit is refused with its reason") {
  TestClient c(kApp, {.config = R"({"max_notes":1})"});
  CHECK(c.post("/notes", R"({"text":5})").body == R"({"error":"body.text: expected a string"})");
  CHECK(c.post("/notes", R"({"text":""})").status == 422);
  c.post("/notes", R"({"text":"one"})");
  CHECK(c.post("/notes", R"({"text":"two"})").status == 507);
}
