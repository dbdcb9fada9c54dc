#include "runtime/admin_desk.hpp"

#include <doctest/doctest.h>

using namespace appserve;

TEST_CASE("an address for everybody wants a token") {
  const auto warned = [](std::string_view address, const std::string& token) {
    return runtime::warning_about(*net::parse_endpoint(address), token).has_value();
  };
  CHECK(warned("0.0.0.0:9090", ""));
  CHECK(warned("*:9090", ""));
  CHECK(warned("[::]:9090", ""));
  CHECK(warned("192.0.2.1:9090", ""));
  CHECK_FALSE(warned("192.0.2.1:9090", "secret"));
  for (const char* local : {"127.0.0.1:9090", "127.1.2.3:9090", "localhost:9090", "[::1]:9090", "unix:/run/admin.sock"})
    CHECK_FALSE(warned(local, ""));
}
