#include "http/request_fields.hpp"

#include <doctest/doctest.h>

#include <string>

#include "http/request_parser.hpp"

namespace appserve::http {
namespace {

struct Read {
  std::string bytes;
  RequestHead head;
  int status = 0;

  explicit Read(std::string fields, int minor = 1, bool require_host = true) : bytes(std::move(fields) + "\r\n") {
    head.minor_version = minor;
    head.method_name = "POST";
    REQUIRE_FALSE(parse_fields(bytes, head.fields));
    if (const auto refusal = read_request_fields(bytes, require_host, head)) status = refusal->status;
  }
};

TEST_CASE("names are lowered in place; names with '_' are dropped, in whatever guise") {
  const Read r(
      "HOST: a\r\nX_Auth: evil\r\n_: x\r\nX-Auth: good\r\nContent_Length: 5\r\nTRANSFER_ENCODING: chunked\r\n");
  REQUIRE(r.status == 0);
  REQUIRE(r.head.fields.size() == 2);
  CHECK(r.head.fields[0].name == "host");
  CHECK(r.head.fields[1].name == "x-auth");
  CHECK(r.head.fields[1].value == "good");
  CHECK(r.head.body == BodyKind::none);
  CHECK(r.bytes.starts_with("host: a"));
}

TEST_CASE("a name that is no token is refused, whatever the parser thought of it") {
  std::string bytes = "a : x";
  RequestHead head;
  head.fields = {{std::string_view(bytes).substr(0, 2), std::string_view(bytes).substr(4)}};
  const auto refusal = read_request_fields(bytes, false, head);
  REQUIRE(refusal);
  CHECK(refusal->status == 400);
}

TEST_CASE("Host: one and valid in HTTP/1.1, at most one in 1.0") {
  CHECK(Read("Host: a:80\r\n").head.authority == "a:80");
  CHECK(Read("Host:\r\n").status == 0);
  CHECK(Read("").status == 400);
  CHECK(Read("", 1, false).status == 0);
  CHECK(Read("", 0).status == 0);
  CHECK(Read("X-Forwarded-Host: a\r\n").status == 400);
  for (const int minor : {0, 1}) {
    CHECK(Read("Host: a\r\nHost: a\r\n", minor, false).status == 400);
    CHECK(Read("Host: a b\r\n", minor, false).status == 400);
  }
}

TEST_CASE("persistence follows version and Connection") {
  CHECK(Read("Host: a\r\n").head.keep_alive);
  CHECK_FALSE(Read("Host: a\r\n", 0).head.keep_alive);
  CHECK_FALSE(Read("Host: a\r\nConnection: x , CLOSE\r\n").head.keep_alive);
  CHECK(Read("Host: a\r\nConnection: closed, not-close, clo se, \"close\"\r\n").head.keep_alive);
  CHECK(Read("Host: a\r\nConnection: Keep-Alive\r\n", 0).head.keep_alive);
  CHECK_FALSE(Read("Host: a\r\nConnection: keep-alive\r\nConnection: close\r\n", 0).head.keep_alive);
  CHECK(Read("Host: a\r\nProxy-Connection: close\r\nX-Connection: close\r\n").head.keep_alive);
}

TEST_CASE("expectations") {
  CHECK(Read("Host: a\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n").head.expect_continue);
  CHECK(Read("Host: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n").head.expect_continue);
  CHECK_FALSE(Read("Host: a\r\nExpect: 100-continue\r\n").head.expect_continue);
  CHECK_FALSE(Read("Host: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n", 0).head.expect_continue);
  CHECK(Read("Host: a\r\nExpect: 100\r\n").status == 417);
  CHECK(Read("Host: a\r\nExpect: 100-continue, 200-ok\r\n").status == 417);
  CHECK(Read("Host: a\r\nExpect: 200-ok\r\n", 0).status == 0);
}

TEST_CASE("what is malformed comes before what is not understood") {
  CHECK(Read("Host: a\r\nExpect: x\r\nTransfer-Encoding: gzip\r\n").status == 400);
  CHECK(Read("Expect: x\r\n").status == 400);
}

}  // namespace
}  // namespace appserve::http
