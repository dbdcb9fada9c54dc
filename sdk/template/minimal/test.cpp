#include <doctest/doctest.h>
#include <appserve/test.hpp>

using namespace appserve;

TEST_CASE("greets by name") {
  TestClient c("./libmyapp.so:app");  // no socket, no server: the same interface as in production
  CHECK(c.get("/hello/Ada").body == "Hello, Ada!\n");
}

TEST_CASE("another path is a 404, another method a 405") {
  TestClient c("./libmyapp.so:app");
  CHECK(c.get("/nothing").status == 404);
  CHECK(c.del("/").status == 405);
}
