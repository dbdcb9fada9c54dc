#include "http/common_fields.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace appserve;

TEST_CASE("a plain head has everything up to the digits of the length") {
  const http::CommonFields common("Server: t\r\nDate: now\r\n");
  CHECK(common.plain_head("text/plain") ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: t\r\nDate: now\r\nContent-Length: ");
}

TEST_CASE("more types than are kept still have their own heads") {
  const http::CommonFields common("Date: now\r\n");
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 20; ++i) {
      const std::string type = "text/x" + std::to_string(i);
      CHECK(common.plain_head(type) ==
            "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nDate: now\r\nContent-Length: ");
    }
}

TEST_CASE("what is no type, or a very long one, has no plain head") {
  const http::CommonFields common("Date: now\r\n");
  CHECK(common.plain_head("").empty());
  CHECK(common.plain_head("text/plain\r\nX: y").empty());
  CHECK(common.plain_head(std::string(129, 'a')).empty());
  CHECK_FALSE(common.plain_head(std::string(128, 'a')).empty());
}
