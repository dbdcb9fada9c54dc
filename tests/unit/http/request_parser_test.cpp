#include "http/request_parser.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace appserve::http {
namespace {

struct Parsed {
  std::string bytes;
  Fields fields;
  std::optional<Refusal> refusal;

  explicit Parsed(std::string lines) : bytes(std::move(lines)) { refusal = parse_fields(bytes, fields); }
};

TEST_CASE("field lines become names and trimmed values, in order") {
  const Parsed p("Host: a\r\nX-A:\t b \t\r\nempty:\r\nblank:  \r\nX-A: c: d, \"e\"\r\n\r\n");
  CHECK_FALSE(p.refusal);
  REQUIRE(p.fields.size() == 5);
  CHECK(p.fields[0].name == "Host");
  CHECK(p.fields[0].value == "a");
  CHECK(p.fields[1].value == "b");
  CHECK(p.fields[2].name == "empty");
  CHECK(p.fields[2].value.empty());
  CHECK(p.fields[3].value.empty());
  CHECK(p.fields[4].value == "c: d, \"e\"");
  CHECK(p.fields[0].name.data() == p.bytes.data());
}

TEST_CASE("a head without fields is a head") {
  CHECK_FALSE(Parsed("\r\n").refusal);
  CHECK(Parsed("\r\n").fields.empty());
}

TEST_CASE("names may hold every tchar and nothing else") {
  const std::string token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  CHECK_FALSE(Parsed(token + ": x\r\n\r\n").refusal);
  for (unsigned octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    if (token.find(c) != std::string::npos || c == ':') continue;
    CAPTURE(octet);
    CHECK(Parsed(std::string("a") + c + "b: x\r\n\r\n").refusal);
  }
}

TEST_CASE("llhttp's holes that the define and the version close stay closed") {
  for (const std::string lines :
       {"X: \rxTransfer-Encoding: chunked\r\n\r\n", "X: a\rb\r\n\r\n", "X: a\nY: b\r\n\r\n", "X : a\r\n\r\n",
        "X\r\n\r\n", "X: a\r\n\rX", "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "Content-Length: 5x\r\n\r\n",
        "Content-Length: \r\n\r\n"}) {
    CAPTURE(lines);
    const Parsed p(lines);
    REQUIRE(p.refusal);
    CHECK(p.refusal->status == 400);
  }
}

TEST_CASE("neither bodies, upgrades nor closing change anything: the fields alone are read") {
  for (const std::string lines :
       {"Content-Length: 5\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding: gzip\r\n\r\n",
        "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "Connection: close\r\n\r\n"}) {
    CAPTURE(lines);
    CHECK_FALSE(Parsed(lines).refusal);
    CHECK_FALSE(Parsed(lines + "\x01 anything").refusal);
  }
}

TEST_CASE("lines that do not end are refused, not waited for") {
  CHECK(Parsed("Host: a\r\n").refusal);
  CHECK(Parsed("Host: a").refusal);
}

}  // namespace
}  // namespace appserve::http
