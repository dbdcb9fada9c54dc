#include "http/head_gate.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace appserve::http {
namespace {

using State = HeadScan::State;

HeadScan scan(std::string_view bytes, const Limits& limits = {}) {
  HeadGate gate;
  return gate.scan(bytes, limits);
}

constexpr std::string_view kHead = "GET /a?b HTTP/1.1\r\nHost: a\r\nX:\ty\r\n\r\n";

TEST_CASE("a complete head is measured, whatever follows it") {
  for (const std::string rest : {"", "x", "\n\n\0", "GET / HTTP/1.1\r\n\r\n"}) {
    HeadGate gate;
    const auto found = gate.scan(std::string(kHead) + rest, {});
    CHECK(found.state == State::complete);
    CHECK(found.size == kHead.size());
    CHECK(gate.start() == 0);
    CHECK(gate.method_end() == 3);
    CHECK(gate.target_end() == 8);
    CHECK(gate.minor_version() == 1);
    CHECK(gate.method() == Method::get);
    CHECK(gate.has_tabs());
  }
}

TEST_CASE("leading empty lines count in the size") {
  HeadGate gate;
  const auto found = gate.scan("\r\n" + std::string(kHead), {});
  CHECK(found.size == kHead.size() + 2);
  CHECK(gate.start() == 2);
  CHECK(gate.target_end() == 10);
}

TEST_CASE("every front of a good head is incomplete") {
  for (std::size_t size = 0; size < kHead.size(); ++size) {
    CAPTURE(size);
    CHECK(scan(kHead.substr(0, size)).state == State::incomplete);
  }
}

TEST_CASE("a wrong octet is told the moment it is there") {
  const std::vector<std::string> fronts = {"\n",
                                           " ",
                                           "\x16",
                                           "{",
                                           "G\t",
                                           "GET\r",
                                           "GET  ",
                                           "GET \r",
                                           "GET /\n",
                                           "GET /\x80",
                                           "GET /a\r",
                                           "GET / h",
                                           "GET / HTTP/x",
                                           "GET / HTTP/1.1\n",
                                           "GET / HTTP/1.1 ",
                                           "GET / HTTP/1.1\r\r",
                                           "GET / HTTP/1.1\r\n ",
                                           "GET / HTTP/1.1\r\n\t",
                                           "GET / HTTP/1.1\r\n:",
                                           "GET / HTTP/1.1\r\n\n",
                                           "GET / HTTP/1.1\r\nA: b\n",
                                           "GET / HTTP/1.1\r\nA: b\x01",
                                           "GET / HTTP/1.1\r\nA: b\x7f",
                                           "GET / HTTP/1.1\r\nA: b\rc",
                                           "GET / HTTP/1.1\r\nA: b\r\n\rc"};
  for (const auto& front : fronts) {
    CAPTURE(front);
    CHECK(scan(std::string_view(front).substr(0, front.size() - 1)).state == State::incomplete);
    CHECK(scan(front).state == State::refused);
    CHECK(scan(front).refusal->status == 400);
  }
}

TEST_CASE("each octet of a field line is let through or refused as the grammar has it") {
  for (unsigned octet = 0; octet < 256; ++octet) {
    CAPTURE(octet);
    const char c = static_cast<char>(octet);
    const bool legal = octet == '\t' || (octet >= 0x20 && octet != 0x7f);
    for (std::size_t place = 0; place < 20; ++place) {
      std::string value(20, 'v');
      value[place] = c;
      const auto found = scan("GET / HTTP/1.1\r\nX: " + value + "\r\n\r\n");
      REQUIRE((found.state == State::complete) == legal);
    }
  }
}

TEST_CASE("each octet of a target is let through or refused: visible ASCII only") {
  for (unsigned octet = 0; octet < 256; ++octet) {
    CAPTURE(octet);
    for (std::size_t place = 0; place < 20; ++place) {
      std::string target(20, 't');
      target[place] = static_cast<char>(octet);
      const auto found = scan("GET /" + target + " HTTP/1.1\r\n\r\n");
      REQUIRE((found.state == State::complete) == (octet > 0x20 && octet < 0x7f));
    }
  }
}

TEST_CASE("each octet of a method is let through or refused: tokens only") {
  const std::string token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (unsigned octet = 0; octet < 256; ++octet) {
    CAPTURE(octet);
    const char c = static_cast<char>(octet);
    if (c == ' ') continue;
    const auto found = scan(std::string("M") + c + "N / HTTP/1.1\r\n\r\n");
    REQUIRE(found.state == State::refused);
    CHECK(found.refusal->status == (token.find(c) != std::string::npos ? 501 : 400));
  }
}

TEST_CASE("versions: 1.x passes, other numbers are 505, other spellings 400; the version is judged before the method") {
  for (char major = '0'; major <= '9'; ++major) {
    for (char minor = '0'; minor <= '9'; ++minor) {
      const std::string line = std::string("GET / HTTP/") + major + "." + minor + "\r\n\r\n";
      CAPTURE(line);
      HeadGate gate;
      const auto found = gate.scan(line, {});
      if (major == '1') {
        CHECK(found.state == State::complete);
        CHECK(gate.minor_version() == minor - '0');
      } else {
        REQUIRE(found.state == State::refused);
        CHECK(found.refusal->status == 505);
      }
    }
  }
  CHECK(scan("PRI * HTTP/2.0\r\n").refusal->status == 505);
  CHECK(scan("FOO / HTTP/1.1\r\n").refusal->status == 501);
  CHECK(scan("FOO / HTTP/1,1").refusal->status == 400);
}

TEST_CASE("a head that trickles in octet by octet is looked at once: time is linear") {
  // A head of 1 MiB in steps of one octet: a scan that starts again each time would take 10^12 steps.
  Limits limits;
  limits.head = limits.target = 1U << 20U;
  std::string bytes = "GET /" + std::string((1U << 19U) - 5, 'a') + " HTTP/1.1\r\nX: ";
  bytes.append((1U << 20U) - bytes.size(), 'b');
  HeadGate gate;
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    if (gate.scan(std::string_view(bytes).substr(0, size), limits).state != State::incomplete) FAIL("at ", size);
  }
  CHECK(gate.scan(bytes, limits).refusal->status == 431);
}

TEST_CASE("the method is known as soon as it is read, so that a refused HEAD gets no content") {
  HeadGate gate;
  CHECK(gate.scan("HEA", {}).state == State::incomplete);
  CHECK_FALSE(gate.knows_method());
  CHECK(gate.scan("HEAD /\x01", {}).state == State::refused);
  CHECK(gate.knows_method());
  CHECK(gate.method() == Method::head);
}

TEST_CASE("a method of 32 octets is waited for, one of 33 is not") {
  CHECK(scan(std::string(32, 'A')).state == State::incomplete);
  CHECK(scan(std::string(33, 'A')).refusal->status == 501);
  CHECK(scan(std::string(32, 'A') + "@").refusal->status == 400);
}

TEST_CASE("a CR on the last octet the limit allows cannot end a line") {
  Limits limits;
  limits.head = kHead.size();
  CHECK(scan(kHead, limits).state == State::complete);
  limits.head = kHead.size() - 1;
  CHECK(scan(kHead, limits).refusal->status == 431);
  CHECK(scan(kHead.substr(0, kHead.size() - 1), limits).refusal->status == 431);
}

}  // namespace
}  // namespace appserve::http
