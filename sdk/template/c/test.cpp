#include <doctest/doctest.h>
#include <appserve/test.hpp>

using namespace appserve;

TEST_CASE("greets, and refuses the rest") {
  TestClient c("./libmyapp.so:app");  // no socket, no server: the same interface as in production
  CHECK(c.get("/").body == "Hello from myapp!\n");
  CHECK(c.get("/nothing").status == 404);
  CHECK(c.del("/").status == 405);
}
