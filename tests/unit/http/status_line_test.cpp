#include "http/status_line.hpp"

#include <doctest/doctest.h>

#include <string>

#include "http/refusal.hpp"

namespace appserve::http {
namespace {

std::string line(int status, int minor) { return std::string(StatusLine(status, minor).text()); }

TEST_CASE("status lines") {
  CHECK(line(200, 1) == "HTTP/1.1 200 OK\r\n");
  CHECK(line(404, 0) == "HTTP/1.0 404 Not Found\r\n");
  CHECK(line(299, 1) == "HTTP/1.1 299 \r\n");
  CHECK(line(599, 0) == "HTTP/1.0 599 \r\n");
}

TEST_CASE("reason phrases") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(431) == "Request Header Fields Too Large");
  for (const int status : {-1, 0, 99, 299, 306, 418, 600, 100000}) CHECK(reason_phrase(status).empty());
}

TEST_CASE("every line carries its own number") {
  for (int status = 100; status < 600; ++status) {
    CHECK(line(status, 1).substr(0, 13) == "HTTP/1.1 " + std::to_string(status) + " ");
  }
}

}  // namespace
}  // namespace appserve::http
