#include <doctest/doctest.h>
#include <appserve/test.hpp>
using namespace appserve;

TEST_CASE("the app of the project, both of its entries") {
  TestClient c("./libmyapp.so:create_app", {.config = R"({"greeting":"Moin"})"});
  CHECK(c.get("/hello/Ada").body == R"({"text":"Moin, Ada!"})");
  CHECK(TestClient("./libmyapp.so:app").get("/hello/Ada").body == R"({"text":"Hello, Ada!"})");
}

TEST_CASE("the libraries that pkg-config built") {
  for (const char* library : {"../libhello.so:app", "../libhello_c.so:app"})
    CHECK(TestClient(library).get("/hello/Ada").body == "Hello, Ada!\n");
}
