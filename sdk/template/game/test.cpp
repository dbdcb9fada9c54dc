#include <doctest/doctest.h>
#include <appserve/test.hpp>

using namespace appserve;

namespace {

const std::string kApp = "./libmyapp.so:create_app";
const TestOptions kShort{.config = R"({"length":2,"pages":"."})"};
const char* const kLeft = R"({"team":"left"})";

}  // namespace

TEST_CASE("two pulls ahead win a short game") {
  TestClient c(kApp, kShort);  // no socket, no server: the same interface as in production
  CHECK(c.post("/games/a/pulls", kLeft).body == R"({"rope":-1,"pulls":1,"winner":""})");
  CHECK(c.post("/games/a/pulls", kLeft).body == R"({"rope":-2,"pulls":2,"winner":"left"})");
  CHECK(c.post("/games/a/pulls", kLeft).status == 409);
  CHECK(c.post("/games/a/pulls", R"({"team":"up"})").status == 422);
}

TEST_CASE("who watches a game sees every pull, until the window is closed") {
  TestClient c(kApp, kShort);
  auto viewer = c.start({.target = "/games/a/events"});
  CHECK(viewer.body() == "data: {\"rope\":0,\"pulls\":0,\"winner\":\"\"}\n\n");
  c.post("/games/a/pulls", kLeft);
  CHECK(viewer.body().ends_with("data: {\"rope\":-1,\"pulls\":1,\"winner\":\"\"}\n\n"));
  c.disconnect(viewer);
  CHECK_FALSE(viewer.pending());
}
