#include "http/machine.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "unit/http/dialogue.hpp"

namespace appserve::http {
namespace {

using namespace std::string_literals;
using test::talk;
using test::talk_in_pieces;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kNext = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

std::string request(std::string_view line, std::string_view fields = "Host: a\r\n", std::string_view body = {}) {
  return std::string(line).append("\r\n").append(fields).append("\r\n").append(body);
}

// ---- requests that are served ------------------------------------------------------------------------------------

TEST_CASE("a plain request is told with all its parts") {
  const auto t =
      talk("POST /a/b?c=d HTTP/1.1\r\nHost: Example.com:80\r\nX-Mix: AbC \t\r\nContent-Length: 5\r\n\r\nhello");
  REQUIRE(t.messages.size() == 1);
  const auto& m = t.messages[0];
  CHECK(m.method == "POST");
  CHECK(m.target == "/a/b?c=d");
  CHECK(m.path == "/a/b");
  CHECK(m.query == "c=d");
  CHECK(m.authority == "Example.com:80");
  CHECK(m.body == "hello");
  CHECK(m.kind == BodyKind::length);
  CHECK(m.field("x-mix") == "AbC");
  CHECK(m.keep_alive);
  CHECK(m.whole);
  CHECK_FALSE(t.closed);
}

TEST_CASE("legal framing: the content and the next request come out right") {
  struct Case {
    std::string name;
    std::string fields, bytes, content;
  };
  const std::vector<Case> cases = {
      {"length", "Content-Length: 5\r\n", "hello", "hello"},
      {"length 0", "Content-Length: 0\r\n", "", ""},
      {"no length", "", "", ""},
      {"leading zeros", "Content-Length: 000000000000000000000000005\r\n", "hello", "hello"},
      {"space around the length", "Content-Length:  5  \r\n", "hello", "hello"},
      {"tabs around the length", "Content-Length:\t5\t\r\n", "hello", "hello"},
      {"no space before the length", "content-length:5\r\n", "hello", "hello"},
      {"chunked", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n02\r\nde\r\n0\r\n\r\n", "abcde"},
      {"chunked in odd case", "tRANSFER-eNCODING: cHuNkEd\r\n", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
      {"chunked between tabs", "Transfer-Encoding:\tchunked\t \t\r\n", "1\r\nx\r\n0\r\n\r\n", "x"},
      {"chunked and empty", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", ""},
      {"trailers", "Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n", "x"},
      {"content that looks like a request", "Content-Length: 27\r\n", std::string(kGet), std::string(kGet)},
      {"look-alike of the length", "Content_Length: 5\r\nX-Content-Length: 5\r\n", "", ""},
      {"an upgrade nobody speaks", "Connection: Upgrade\r\nUpgrade: foo/1\r\nContent-Length: 2\r\n", "hi", "hi"},
      {"h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\nContent-Length: 2\r\n",
       "hi", "hi"},
      {"Connection names a framing field", "Connection: Content-Length\r\nContent-Length: 2\r\n", "hi", "hi"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto t = talk(request("POST /echo HTTP/1.1", "Host: a\r\n" + c.fields, c.bytes) + kNext);
    CHECK(t.why == "");
    REQUIRE(t.messages.size() == 2);
    CHECK(t.messages[0].body == c.content);
    CHECK(t.messages[1].target == "/next");
    CHECK(t.messages[1].fields.size() == 1);
  }
}

TEST_CASE("content frames the message whatever the method") {
  for (const std::string method : {"GET", "HEAD", "DELETE", "OPTIONS", "PATCH", "PUT", "PROPFIND", "REPORT"}) {
    CAPTURE(method);
    const auto t = talk(request(method + " / HTTP/1.1", "Host: a\r\nContent-Length: 27\r\n", kGet) + kNext);
    REQUIRE(t.messages.size() == 2);
    CHECK(t.messages[0].body == kGet);
    CHECK(t.messages[1].target == "/next");
  }
}

TEST_CASE("later minor versions are served as HTTP/1.1") {
  for (const std::string version : {"1.2", "1.5", "1.9"}) {
    const auto t = talk(request("GET /v HTTP/" + version));
    REQUIRE(t.messages.size() == 1);
    CHECK(t.messages[0].minor_version == 1);
    CHECK(t.output.starts_with("HTTP/1.1 200 OK\r\n"));
  }
}

TEST_CASE("up to two empty lines before a request line are skipped") {
  CHECK(talk("\r\n" + std::string(kGet)).messages.size() == 1);
  CHECK(talk("\r\n\r\n" + std::string(kGet)).messages.size() == 1);
  CHECK(talk(std::string(kGet) + "\r\n" + kNext).messages.size() == 2);
  CHECK(talk("\r\n\r\n\r\n" + std::string(kGet)).refused == 400);
}

TEST_CASE("fields keep order, case of values and duplicates; names are lowered; names with '_' are dropped") {
  const auto t = talk(
      request("GET / HTTP/1.1",
              "Host: a\r\nCookie: a=1\r\nCOOKIE: b=2\r\nX_Forwarded_For: 6.6.6.6\r\nX-Nil:\r\nX-Obs: \xe9 \"a,b\"\r\n"
              "X-Tab: a\tb\t\r\n!#$%&'*+-.^`|~09: t\r\n"));
  REQUIRE(t.messages.size() == 1);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"host", "a"},     {"cookie", "a=1"},        {"cookie", "b=2"}, {"x-nil", ""}, {"x-obs", "\xe9 \"a,b\""},
      {"x-tab", "a\tb"}, {"!#$%&'*+-.^`|~09", "t"}};
  CHECK(t.messages[0].fields == expected);
}

TEST_CASE("the absolute form beats Host, which must be valid all the same") {
  auto t = talk(request("GET http://real.example:81/p?q HTTP/1.1", "Host: other\r\n"));
  REQUIRE(t.messages.size() == 1);
  CHECK(t.messages[0].authority == "real.example:81");
  CHECK(t.messages[0].field("host") == "real.example:81");  // an app that reads the field is not led astray
  CHECK(t.messages[0].path == "/p");
  CHECK(t.messages[0].target == "http://real.example:81/p?q");
  CHECK(talk(request("GET http://a/ HTTP/1.1", "")).refused == 400);
  CHECK(talk(request("GET http://a/ HTTP/1.1", "Host: a\r\nHost: a\r\n")).refused == 400);
  CHECK(talk(request("GET HTTP://a HTTP/1.1")).messages.at(0).path == "/");
  CHECK(talk(request("GET http://[::1]:80?x HTTP/1.1")).messages.at(0).authority == "[::1]:80");
  CHECK(talk(request("GET http://a/ HTTP/1.0", "")).messages.at(0).field("host") == "(none)");
}

// ---- requests that are refused -----------------------------------------------------------------------------------

TEST_CASE("what is malformed or ambiguous is refused, and nothing after it is read") {
  struct Case {
    std::string name;
    int status;
    std::string bytes;
  };
  const auto post = [](std::string fields, std::string body = "hello") {
    return request("POST / HTTP/1.1", "Host: a\r\n" + fields, body);
  };
  const auto get = [](std::string fields) { return request("GET / HTTP/1.1", "Host: a\r\n" + fields); };
  const auto line = [](std::string text) { return request(text); };
  const auto chunks = [](std::string body) {
    return request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n", body);
  };
  const std::vector<Case> cases = {
      // llhttp's known holes, row by row
      {"empty value ended by CR", 400, get("X-A: \rxTransfer-Encoding: chunked\r\n")},
      {"SP CR and a letter", 400, get("X-A: b \rTransfer-Encoding: chunked\r\n")},
      {"CR hides a Content-Length", 400, get("X-A:\rContent-Length: 4\r\n")},
      {"a fold hides Content-Length", 400, get("Foo: bar\r\n Content-Length: 38\r\n")},
      {"a tab fold", 400, get("Foo: bar\r\n\tbaz\r\n")},
      {"a folded Transfer-Encoding", 400, get("Transfer-Encoding:\r\n chunked\r\n")},
      {"white space before the first field", 400, request("GET / HTTP/1.1", " X: y\r\nHost: a\r\n")},
      {"CRLF CR X ends the head", 400, "GET / HTTP/1.1\r\nHost: a\r\n\rXGET /b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"CRLF CR, then a request", 400, "GET / HTTP/1.1\r\nHost: a\r\n\rGET /b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"chunk size ended by CR X", 400, chunks("5\rXhello\r\n0\r\n\r\n")},
      {"chunk data ended by two bytes", 400, chunks("5\r\nhelloXX0\r\n\r\n")},
      {"trailers ended by CR X", 400, chunks("5\r\nhello\r\n0\r\n\rX")},
      {"space in a field name", 400, get("a b: c\r\n")},
      {"space before the colon", 400, get("a : c\r\n")},
      {"tab before the colon", 400, get("a\t: c\r\n")},
      {"empty field name", 400, get(": c\r\n")},
      {"no colon", 400, get("just words\r\n")},
      {"HTAB in the target", 400, line("GET /a\tb HTTP/1.1")},
      {"0xFF in the target", 400, line("GET /\xff HTTP/1.1")},
      {"NUL in the target", 400, line("GET /\0 HTTP/1.1"s)},
      {"DEL in the target", 400, line("GET /\x7f HTTP/1.1")},
      {"HTTP/0.9 simple request", 400, "GET /\r\n"},
      {"HTTP/0.9", 505, line("GET / HTTP/0.9")},
      {"HTTP/2.0", 505, line("GET / HTTP/2.0")},
      {"HTTP/3.0", 505, line("GET / HTTP/3.0")},
      {"RTSP", 400, line("GET / RTSP/1.0")},
      {"ICE", 400, line("SOURCE / ICE/1.0")},
      {"SOURCE", 501, line("SOURCE / HTTP/1.1")},
      {"unknown method", 501, line("FOO / HTTP/1.1")},
      {"lower-case method", 501, line("get / HTTP/1.1")},
      {"method of odd tokens", 501, line("!#$%&'*+-.^_`|~ / HTTP/1.1")},
      {"long method", 501, line(std::string(3000, 'M') + " / HTTP/1.1")},
      {"method that is no token", 400, line("G@T / HTTP/1.1")},
      {"8-bit method", 400, line("G\xc9T / HTTP/1.1")},
      {"CONNECT", 501, line("CONNECT a:443 HTTP/1.1")},
      {"HTTP/2 preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"gzip, chunked", 501, post("Transfer-Encoding: gzip, chunked\r\n")},
      {"cow, chunked", 501, post("Transfer-Encoding: cow, chunked\r\n")},
      {"empty Transfer-Encoding", 400, post("Transfer-Encoding:\r\n")},
      {"chunked on HTTP/1.0", 400,
       request("POST / HTTP/1.0", "Host: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"bare CR in a value", 400, get("X: a\rb\r\n")},
      {"NUL in a value", 400, get("X: a\0b\r\n"s)},
      {"BEL in a value", 400, get("X: a\ab\r\n")},
      {"DEL in a value", 400, get("X: a\x7f\r\n")},
      {"NUL in a name", 400, get("X\0: a\r\n"s)},
      {"bare LF after a value", 400, get("X: a\nY: b\r\n")},
      {"LF only", 400, "GET / HTTP/1.1\nHost: a\n\n"},
      {"LFs alone", 400, "\n\n\n"},
      {"CR before the request", 400, "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      // the request line
      {"two spaces", 400, line("GET  / HTTP/1.1")},
      {"two spaces before the version", 400, line("GET /  HTTP/1.1")},
      {"space after the version", 400, line("GET / HTTP/1.1 ")},
      {"tab separator", 400, line("GET\t/ HTTP/1.1")},
      {"leading space", 400, line(" GET / HTTP/1.1")},
      {"no target", 400, line("GET HTTP/1.1")},
      {"method alone", 400, line("GET")},
      {"http/1.1", 400, line("GET / http/1.1")},
      {"HTTP/1", 400, line("GET / HTTP/1")},
      {"HTTP/1.10", 400, line("GET / HTTP/1.10")},
      {"HTTP/11", 400, line("GET / HTTP/11")},
      {"words after the version", 400, line("GET / HTTP/1.1 and more")},
      {"TLS", 400, "\x16\x03\x01\x02"},
      {"SSH", 400, "SSH-2.0-OpenSSH_9.2\r\n"},
      {"SMTP", 501, "EHLO a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"PROXY protocol", 400, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"},
      // the target
      {"no slash", 400, line("GET a HTTP/1.1")},
      {"query only", 400, line("GET ?a HTTP/1.1")},
      {"asterisk with GET", 400, line("GET * HTTP/1.1")},
      {"authority form with GET", 400, line("GET a:80 HTTP/1.1")},
      {"fragment", 400, line("GET /#a HTTP/1.1")},
      {"broken escape", 400, line("GET /%zz HTTP/1.1")},
      {"escape at the end", 400, line("GET /%4 HTTP/1.1")},
      {"broken escape in the query", 400, line("GET /?%f HTTP/1.1")},
      {"encoded NUL", 400, line("GET /a%00b HTTP/1.1")},
      {"userinfo", 400, line("GET http://u@a/ HTTP/1.1")},
      {"empty host", 400, line("GET http:///a HTTP/1.1")},
      {"another scheme", 400, line("GET ftp://a/ HTTP/1.1")},
      {"https", 421, line("GET https://a/ HTTP/1.1")},
      // Host
      {"no Host", 400, request("GET / HTTP/1.1", "X: y\r\n")},
      {"two Hosts", 400, get("Host: a\r\n")},
      {"two Hosts on 1.0", 400, request("GET / HTTP/1.0", "Host: a\r\nHost: b\r\n")},
      {"bad Host", 400, request("GET / HTTP/1.1", "Host: a/b\r\n")},
      {"bad Host on 1.0", 400, request("GET / HTTP/1.0", "Host: u@a\r\n")},
      // framing
      {"both", 400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
      {"both, the other way", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
      {"length twice, the same", 400, post("Content-Length: 5\r\nContent-Length: 5\r\n")},
      {"length twice, different", 400, post("Content-Length: 5\r\nContent-Length: 6\r\n")},
      {"list of lengths", 400, post("Content-Length: 5, 5\r\n")},
      {"empty length", 400, post("Content-Length:\r\n")},
      {"signed length", 400, post("Content-Length: +5\r\n")},
      {"negative length", 400, post("Content-Length: -5\r\n")},
      {"hexadecimal length", 400, post("Content-Length: 0x5\r\n")},
      {"length with a digit group", 400, post("Content-Length: 1_0\r\n")},
      {"length with a space", 400, post("Content-Length: 1 0\r\n")},
      {"length with a fraction", 400, post("Content-Length: 5.0\r\n")},
      {"length of 2^64", 400, post("Content-Length: 18446744073709551616\r\n")},
      {"length of 400 nines", 400, post("Content-Length: " + std::string(400, '9') + "\r\n")},
      {"length with NBSP", 400, post("Content-Length: 5\xa0\r\n")},
      {"gzip alone", 400, post("Transfer-Encoding: gzip\r\n")},
      {"identity", 400, post("Transfer-Encoding: identity\r\n")},
      {"chunked twice", 400, post("Transfer-Encoding: chunked, chunked\r\n")},
      {"chunked on two lines", 400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"chunked not last", 400, post("Transfer-Encoding: chunked, gzip\r\n")},
      {"chunked with a parameter", 400, post("Transfer-Encoding: chunked;a=b\r\n")},
      {"quoted chunked", 400, post("Transfer-Encoding: \"chunked\"\r\n")},
      {"chunked behind VT", 400, post("Transfer-Encoding: \vchunked\r\n")},
      {"TRACE with content", 400, request("TRACE / HTTP/1.1", "Host: a\r\nContent-Length: 1\r\n", "x")},
      // expectations
      {"another expectation", 417, post("Expect: 200-ok\r\nContent-Length: 5\r\n")},
      {"almost 100-continue", 417, post("Expect: 100-continue-not\r\nContent-Length: 5\r\n")},
      {"one of two", 417, post("Expect: 100-continue, x\r\nContent-Length: 5\r\n")},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto t = talk(c.bytes + kNext);
    CHECK(t.refused == c.status);
    CHECK(t.why != "");
    CHECK(t.closed);
    CHECK(t.output.starts_with("HTTP/1.1 " + std::to_string(c.status) + " "));
    CHECK(t.output.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(t.output.find(" 200 OK\r\n") == std::string::npos);
  }
}

TEST_CASE("a bad second request is refused after the first was answered") {
  const auto t = talk(std::string(kGet) + "GARBAGE\r\n\r\n" + kNext);
  CHECK(t.messages.size() == 1);
  CHECK(t.refused == 400);
  CHECK(t.output.starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a refusal answers HEAD without content") {
  const auto t = talk("HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n");
  CHECK(t.refused == 400);
  CHECK(t.output.ends_with("\r\n\r\n"));
  CHECK(t.output.find("generated by") == std::string::npos);
}

TEST_CASE("a refusal is a whole response that names what is wrong") {
  const Limits limits;
  Machine machine(limits);
  std::string out;
  machine.refuse({405, "no such method there"}, test::kCommon, out);
  CHECK(out ==
        "HTTP/1.1 405 Method Not Allowed\r\nServer: t\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 64\r\nConnection: close\r\n\r\n"
        "Method Not Allowed\r\n\r\nno such method there\r\n\r\n(generated by t)\r\n");
  CHECK(machine.closing());
  CHECK(machine.response_done());
}

// ---- persistence -------------------------------------------------------------------------------------------------

TEST_CASE("Connection decides whether the connection stays") {
  struct Case {
    std::string version, fields;
    bool stays;
  };
  const std::vector<Case> cases = {
      {"1.1", "", true},
      {"1.1", "Connection: keep-alive\r\n", true},
      {"1.1", "Connection: foo\r\n", true},
      {"1.1", "Connection: closed\r\n", true},
      {"1.1", "Connection: not-close\r\n", true},
      {"1.1", "Connection: close\r\n", false},
      {"1.1", "Connection: CLOSE\r\n", false},
      {"1.1", "Connection: close\t\r\n", false},
      {"1.1", "Connection: \tclose\r\n", false},
      {"1.1", "Connection: foo, close\r\n", false},
      {"1.1", "Connection: close ,,\r\n", false},
      {"1.1", "Connection: keep-alive, close\r\n", false},
      {"1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
      {"1.0", "", false},
      {"1.0", "Connection: keep-alive\r\n", true},
      {"1.0", "Connection: foo, Keep-Alive\r\n", true},
      {"1.0", "Connection: keep-alive, close\r\n", false},
      {"1.0", "Connection: keep-alive\r\nConnection: close\r\n", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.version);
    CAPTURE(c.fields);
    const auto t = talk(request("GET / HTTP/" + c.version, "Host: a\r\n" + c.fields) + kNext);
    CHECK(t.refused == 0);
    CHECK(t.messages.size() == (c.stays ? 2 : 1));
    CHECK(t.closed == !c.stays);
    CHECK((t.output.find("Connection: close\r\n") != std::string::npos) == !c.stays);
    CHECK((t.output.find("Connection: Keep-Alive\r\n") != std::string::npos) == (c.stays && c.version == "1.0"));
  }
}

TEST_CASE("bytes after a message that closes do not matter, be they what they may") {
  const std::string last = request("POST / HTTP/1.1", "Host: a\r\nConnection: close\r\nContent-Length: 3\r\n", "bye");
  for (const std::string rest : {"", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\0\xff garbage"}) {
    const auto t = talk(last + rest);
    CHECK(t.refused == 0);
    CHECK(t.messages.size() == 1);
    CHECK(t.messages[0].body == "bye");
  }
}

// ---- 100-continue ------------------------------------------------------------------------------------------------

TEST_CASE("100 Continue is offered once, to HTTP/1.1, for content that has not come") {
  const Limits limits;
  struct Case {
    std::string head;
    bool expects;
  };
  const std::vector<Case> cases = {
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", true},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: \t100-CONTINUE \r\nTransfer-Encoding: chunked\r\n\r\n", true},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", false},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", false},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect:\r\nContent-Length: 5\r\n\r\n", false},
      {"POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", false},
      {"POST / HTTP/1.0\r\nHost: a\r\nExpect: something\r\nContent-Length: 5\r\n\r\n", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.head);
    Machine machine(limits);
    std::string bytes = c.head;
    RequestHead head;
    REQUIRE(machine.scan_head(bytes).state == HeadScan::State::complete);
    REQUIRE_FALSE(machine.parse_head(bytes, head));
    CHECK(head.expect_continue == c.expects);
    CHECK(machine.take_expectation() == c.expects);
    CHECK_FALSE(machine.take_expectation());
  }
}

TEST_CASE("no 100 Continue when the content is already there, or after the answer; an answer instead closes") {
  const Limits limits;
  std::string out, bytes = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  RequestHead head;
  SUBCASE("content") {
    Machine machine(limits);
    machine.scan_head(bytes);
    REQUIRE_FALSE(machine.parse_head(bytes, head));
    machine.decode_body("he");
    CHECK_FALSE(machine.take_expectation());
    machine.start_response({}, {}, out);
    CHECK_FALSE(machine.closing());
  }
  SUBCASE("answer") {
    Machine machine(limits);
    machine.scan_head(bytes);
    REQUIRE_FALSE(machine.parse_head(bytes, head));
    machine.start_response({.status = 403, .content_type = {}, .fields = {}, .content_length = 0}, {}, out);
    CHECK_FALSE(machine.take_expectation());
    CHECK(machine.closing());
    CHECK(out == "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }
}

// ---- limits ------------------------------------------------------------------------------------------------------

TEST_CASE("limits hold at n and refuse at n + 1") {
  Limits limits;
  SUBCASE("target") {
    limits.target = 20;
    CHECK(talk(request("GET /" + std::string(18, 'a') + " HTTP/1.1"), limits).messages.size() == 1);
    CHECK(talk(request("GET /" + std::string(19, 'a') + " HTTP/1.1"), limits).messages.size() == 1);
    CHECK(talk(request("GET /" + std::string(20, 'a') + " HTTP/1.1"), limits).refused == 414);
    CHECK(talk("GET /" + std::string(20, 'a'), limits).refused == 414);
    CHECK(talk("GET /" + std::string(19, 'a'), limits).refused == 0);
  }
  SUBCASE("head") {
    limits.head = 60;
    const auto of_size = [](std::size_t size) {
      const std::string head = request("GET / HTTP/1.1", "Host: a\r\nX: \r\n");
      std::string bytes = request("GET / HTTP/1.1", "Host: a\r\nX: " + std::string(size - head.size(), 'x') + "\r\n");
      REQUIRE(bytes.size() == size);
      return bytes;
    };
    CHECK(talk(of_size(59), limits).messages.size() == 1);
    CHECK(talk(of_size(60), limits).messages.size() == 1);
    CHECK(talk(of_size(61), limits).refused == 431);
    CHECK(talk("\r\n" + of_size(60), limits).messages.size() == 1);
    CHECK(talk(of_size(80).substr(0, 59), limits).refused == 0);
    CHECK(talk(of_size(80).substr(0, 60), limits).refused == 431);
    CHECK(talk("GET /" + std::string(100, 'a'), limits).refused == 414);
  }
  SUBCASE("fields") {
    limits.fields = 3;
    CHECK(talk(request("GET / HTTP/1.1", "Host: a\r\nA: b\r\n"), limits).messages.size() == 1);
    CHECK(talk(request("GET / HTTP/1.1", "Host: a\r\nA: b\r\nC: d\r\n"), limits).messages.size() == 1);
    CHECK(talk(request("GET / HTTP/1.1", "Host: a\r\nA: b\r\nC: d\r\nE: f\r\n"), limits).refused == 431);
  }
  SUBCASE("content by length") {
    limits.body = 10;
    const auto of_size = [](std::size_t n) {
      return request("PUT / HTTP/1.1", "Host: a\r\nContent-Length: " + std::to_string(n) + "\r\n", std::string(n, 'x'));
    };
    CHECK(talk(of_size(9), limits).messages.at(0).whole);
    CHECK(talk(of_size(10), limits).messages.at(0).whole);
    CHECK(talk(of_size(11), limits).refused == 413);
  }
  SUBCASE("content in chunks, told by the announcement already") {
    limits.body = 10;
    const std::string head = request("PUT / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n");
    CHECK(talk(head + "4\r\nabcd\r\n5\r\nabcde\r\n0\r\n\r\n", limits).messages.at(0).whole);
    CHECK(talk(head + "4\r\nabcd\r\n6\r\nabcdef\r\n0\r\n\r\n", limits).messages.at(0).whole);
    CHECK(talk(head + "4\r\nabcd\r\n7\r\n", limits).refused == 413);
    CHECK(talk(head + "FFFFFFFFFFFFFFFF\r\n", limits).refused == 413);
  }
  SUBCASE("Host is required unless switched off") {
    CHECK(talk("GET / HTTP/1.1\r\n\r\n", limits).refused == 400);
    limits.require_host = false;
    CHECK(talk("GET / HTTP/1.1\r\n\r\n", limits).messages.size() == 1);
  }
}

TEST_CASE("a body limit lowered in the middle of a chunk holds for what is left of it") {
  const Limits limits;
  for (const std::uint64_t allowed : {2U, 3U}) {
    Machine machine(limits);
    std::string bytes = request("PUT / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n");
    RequestHead head;
    REQUIRE(machine.scan_head(bytes).state == HeadScan::State::complete);
    REQUIRE_FALSE(machine.parse_head(bytes, head));
    CHECK(machine.decode_body("5\r\nhe").data == "he");
    CHECK(machine.limit_body(allowed).has_value() == (allowed < 3));
    const auto step = machine.decode_body("llo\r\n1");
    CHECK((step.refusal ? step.refusal->status : 0) == 413);
  }
}

TEST_CASE("a mount may lower the body limit") {
  const Limits limits;
  const auto parse = [&](Machine& machine, std::string& bytes) {
    RequestHead head;
    REQUIRE(machine.scan_head(bytes).state == HeadScan::State::complete);
    REQUIRE_FALSE(machine.parse_head(bytes, head));
  };
  Machine by_length(limits), by_chunks(limits);
  std::string length = request("PUT / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n");
  parse(by_length, length);
  CHECK_FALSE(by_length.limit_body(5));
  CHECK(by_length.limit_body(4)->status == 413);
  std::string chunks = request("PUT / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n");
  parse(by_chunks, chunks);
  CHECK_FALSE(by_chunks.limit_body(4));
  CHECK(by_chunks.decode_body("5\r\n").refusal->status == 413);
}

// ---- history ----------------------------------------------------------------------------------------------------

TEST_CASE("what once went wrong in servers like this one: each is refused, and nothing behind it is served") {
  struct Case {
    std::string advisory;
    int status;
    std::string bytes;
  };
  const auto post = [](std::string fields, std::string body) {
    return request("POST / HTTP/1.1", "Host: a\r\n" + fields, body);
  };
  const std::vector<Case> cases = {
      {"CVE-2019-16785: LF alone ends a line", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 31\r\n\r\n"},
      {"CVE-2019-16786: an unknown coding is skipped", 501, post("Transfer-Encoding: x, chunked\r\n", "0\r\n\r\n")},
      {"CVE-2019-16786: with a length to fall back to", 400,
       post("Transfer-Encoding: x\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {"CVE-2019-16792: a length nobody can read is 0", 400, post("Content-Length: five\r\n", "hello")},
      {"CVE-2019-16792: a repeated length is its last", 400,
       post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello")},
      {"CVE-2019-16789: VT is stripped", 400, post("Content-Length: \v5\r\n", "hello")},
      {"CVE-2019-16789: NEL is stripped", 400, post("Content-Length: 5\x85\r\n", "hello")},
      {"CVE-2019-16789: NBSP is stripped", 400,
       post("Transfer-Encoding: \xa0"
            "chunked\r\n",
            "0\r\n\r\n")},
      {"CVE-2019-16789: FS is stripped from a name", 400,
       post("\x1c"
            "Content-Length: 5\r\n",
            "hello")},
      {"CVE-2022-24761: +5", 400, post("Content-Length: +5\r\n", "hello")},
      {"CVE-2022-24761: 0x5 as a chunk size", 400, post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n")},
      {"CVE-2022-24761: +5 as a chunk size", 400, post("Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n0\r\n\r\n")},
      {"CVE-2022-24761: a bad extension", 400, post("Transfer-Encoding: chunked\r\n", "5;\xff\r\nhello\r\n0\r\n\r\n")},
      {"CVE-2024-49768: the rest runs after a bad request", 400, "GARBAGE\r\n\r\n"},
      {"CVE-2024-22019: endless extensions", 400,
       post("Transfer-Encoding: chunked\r\n", "5;" + std::string(1U << 20U, 'x'))},
      {"CVE-2023-30589: CR ends an empty value", 400, post("X: \rTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"CVE-2024-27982: a fold hides a length", 400, post("X: y\r\n Content-Length: 31\r\n", "")},
      {"CVE-2025-23167: CRLF CR X ends the head", 400, "GET / HTTP/1.1\r\nHost: a\r\n\rX"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.advisory);
    const auto t = talk(c.bytes + kNext);
    CHECK(t.refused == c.status);
    CHECK(t.output.find(" 200 OK\r\n") == std::string::npos);
  }
}

TEST_CASE("CVE-2020-5236: the costliest heads take no more time than others") {
  Limits limits;
  limits.head = 1U << 20U;
  for (const std::string piece : {" ", "\t", " \t", ",", ", ", "x,", "\"", "a b\t", "close ,"}) {
    std::string value;
    while (value.size() < (1U << 18U)) value += piece;
    for (const std::string name : {"X", "Connection", "Expect", "Transfer-Encoding", "Content-Length", "Host"}) {
      CAPTURE(name);
      CAPTURE(piece);
      const auto start = std::chrono::steady_clock::now();
      talk(request("GET / HTTP/1.1", "Host: a\r\n" + name + ": " + value + "\r\n"), limits);
      CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));  // quadratic: minutes
    }
  }
}

TEST_CASE("a request that expects to continue with nothing leaves the next alone") {
  const auto t = talk(request("POST /1 HTTP/1.1", "Host: a\r\nExpect: 100-continue\r\nX-First: 1\r\n") + kNext);
  REQUIRE(t.messages.size() == 2);
  CHECK(t.messages[1].fields == std::vector<std::pair<std::string, std::string>>{{"host", "a"}});
  CHECK(t.output.find("100 Continue") == std::string::npos);
}

// ---- cuts --------------------------------------------------------------------------------------------------------

TEST_CASE("any cut of the bytes gives the same conversation") {
  const std::vector<std::string> corpus = {
      std::string(kGet) + kNext,
      "\r\n" + request("POST /a?b HTTP/1.1", "Host: a\r\nContent-Length: 11\r\nX-A:\tb\t\r\n", "hello world") + kNext,
      request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n",
              "3;a=\"b;c\\\"\";d\r\nabc\r\n00a \t; e\r\n0123456789\r\n0\r\nT: r\r\nU:\r\n\r\n") +
          kNext,
      request("POST / HTTP/1.1", "Host: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n", "hi") + "GARBAGE",
      request("GET http://a:80/x HTTP/1.0", "Connection: keep-alive\r\n") + request("GET / HTTP/1.0"),
      "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
      "GET / HTTP/1.12\r\nHost: a\r\n\r\n",
      "GET /a b HTTP/1.1\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n",
      request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n", "3\r\nabcX\r\n"),
      request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX Y: z\r\n\r\n"),
      request("POST / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\nfffffff\r\n"),
  };
  Limits limits;
  limits.body = 1000;
  for (const auto& bytes : corpus) {
    CAPTURE(bytes);
    const auto whole = talk(bytes, limits);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      CAPTURE(cut);
      CHECK(talk_in_pieces(bytes, cut, bytes.size(), limits) == whole);
    }
    for (const std::size_t size : {1U, 2U, 3U, 7U}) CHECK(talk_in_pieces(bytes, 0, size, limits) == whole);
  }
}

// ---- responses ---------------------------------------------------------------------------------------------------

/// A machine that has read a request, ready to answer it.
struct Answering {
  explicit Answering(std::string_view line) : machine(limits), bytes(request(line)) {
    RequestHead head;
    REQUIRE(machine.scan_head(bytes).state == HeadScan::State::complete);
    REQUIRE_FALSE(machine.parse_head(bytes, head));
  }

  Machine::Start start(const ResponseHead& head) {
    return machine.start_response(head, CommonFields("Date: now\r\n"), out);
  }
  void write(std::string_view data) {
    const auto frame = machine.frame_body(data);
    out.append(frame.line.text()).append(frame.data).append(frame.suffix);
    cut = cut || frame.cut;
  }

  Limits limits;
  Machine machine;
  std::string bytes, out;
  bool cut = false;
};

ResponseHead answer(int status, std::int64_t length, std::span<const Field> fields = {}) {
  ResponseHead head;
  head.status = status;
  head.content_length = length;
  head.fields = fields;
  return head;
}

TEST_CASE("how a response is framed") {
  struct Case {
    std::string name;
    std::string line;
    int status;
    std::int64_t length;
    std::string bytes;
    bool closes;
  };
  const std::vector<Case> cases = {
      {"known length", "GET / HTTP/1.1", 200, 2, "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nhi", false},
      {"unknown length", "GET / HTTP/1.1", 200, -1,
       "HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false},
      {"unknown length to 1.0", "GET / HTTP/1.0", 200, -1,
       "HTTP/1.0 200 OK\r\nDate: now\r\nConnection: close\r\n\r\nhi", true},
      {"known length to 1.0", "GET / HTTP/1.0", 200, 2,
       "HTTP/1.0 200 OK\r\nDate: now\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", true},
      {"HEAD, known length", "HEAD / HTTP/1.1", 200, 2, "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\n",
       false},
      {"HEAD, unknown length", "HEAD / HTTP/1.1", 200, -1, "HTTP/1.1 200 OK\r\nDate: now\r\n\r\n", false},
      {"204", "GET / HTTP/1.1", 204, 2, "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n", false},
      {"204, unknown length", "GET / HTTP/1.1", 204, -1, "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n", false},
      {"205", "GET / HTTP/1.1", 205, -1, "HTTP/1.1 205 Reset Content\r\nDate: now\r\nContent-Length: 0\r\n\r\n", false},
      {"304", "GET / HTTP/1.1", 304, 0, "HTTP/1.1 304 Not Modified\r\nDate: now\r\n\r\n", false},
      {"304 that knows", "GET / HTTP/1.1", 304, 7,
       "HTTP/1.1 304 Not Modified\r\nDate: now\r\nContent-Length: 7\r\n\r\n", false},
      {"unregistered status", "GET / HTTP/1.1", 299, 2, "HTTP/1.1 299 \r\nDate: now\r\nContent-Length: 2\r\n\r\nhi",
       false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    Answering a(c.line);
    REQUIRE(a.start(answer(c.status, c.length)) == Machine::Start::ok);
    CHECK(a.machine.response_started());
    a.write("");
    a.write("hi");
    CHECK(a.machine.end_response(a.out));
    CHECK(a.out == c.bytes);
    CHECK(a.machine.closing() == c.closes);
    CHECK(a.machine.response_done());
  }
}

TEST_CASE("content beyond the declared length is cut; missing content ends the connection") {
  Answering longer("GET / HTTP/1.1");
  longer.start(answer(200, 3));
  longer.write("ab");
  CHECK_FALSE(longer.cut);
  CHECK(longer.machine.response_missing() == 1);
  longer.write("cd");
  CHECK(longer.cut);
  CHECK(longer.out.ends_with("\r\n\r\nabc"));
  CHECK(longer.machine.end_response(longer.out));
  CHECK_FALSE(longer.machine.closing());

  Answering shorter("GET / HTTP/1.1");
  shorter.start(answer(200, 3));
  shorter.write("ab");
  CHECK_FALSE(shorter.machine.end_response(shorter.out));
  CHECK(shorter.machine.closing());
}

TEST_CASE("an app's own framing and connection fields") {
  const std::vector<Field> length = {{"Content-Length", "2"}}, close = {{"connection", "Close"}};
  Answering declared("GET / HTTP/1.1");
  REQUIRE(declared.start(answer(200, -1, length)) == Machine::Start::ok);
  declared.write("hi!");
  CHECK(declared.out == "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nhi");
  CHECK(declared.cut);

  Answering head("HEAD / HTTP/1.1");
  REQUIRE(head.start(answer(200, 0, length)) == Machine::Start::ok);
  CHECK(head.out.ends_with("Content-Length: 2\r\n\r\n"));
  CHECK(head.machine.response_missing() == 0);

  Answering closing("GET / HTTP/1.1");
  REQUIRE(closing.start(answer(200, 0, close)) == Machine::Start::ok);
  CHECK(closing.out == "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(closing.machine.closing());
}

TEST_CASE("what an app may not send is refused, and nothing is appended") {
  const std::vector<std::vector<Field>> bad = {
      {{"", "x"}},
      {{"a b", "x"}},
      {{"a:", "x"}},
      {{"a\r\n", "x"}},
      {{"a", "x\r\nSet-Cookie: b"}},
      {{"a", "x\ny"}},
      {{"a", "x\ry"}},
      {{"a", std::string_view("x\0y", 3)}},
      {{"Transfer-Encoding", "chunked"}},
      {{"Connection", "keep-alive"}},
      {{"Connection", "close, upgrade"}},
      {{"Keep-Alive", "timeout=5"}},
      {{"Proxy-Connection", "close"}},
      {{"TE", "trailers"}},
      {{"Trailer", "X"}},
      {{"Upgrade", "websocket"}},
      {{"Content-Length", "x"}},
      {{"Content-Length", "-1"}},
      {{"Content-Length", "5, 5"}},
      {{"Content-Length", "5"}, {"content-length", "5"}},
  };
  for (const auto& fields : bad) {
    CAPTURE(fields[0].name);
    CAPTURE(fields[0].value);
    Answering a("GET / HTTP/1.1");
    CHECK(a.start(answer(200, -1, fields)) == Machine::Start::bad_field);
    CHECK(a.out.empty());
    CHECK_FALSE(a.machine.response_started());
  }
  Answering beside("GET / HTTP/1.1");
  const std::vector<Field> length = {{"Content-Length", "5"}};
  CHECK(beside.start(answer(200, 5, length)) == Machine::Start::bad_field);
  Answering typed("GET / HTTP/1.1");
  ResponseHead head;
  head.content_type = "text/html\r\nX: y";
  CHECK(typed.start(head) == Machine::Start::bad_field);
  for (const int status : {-1, 0, 99, 100, 101, 199, 600, 1000}) {
    CAPTURE(status);
    Answering a("GET / HTTP/1.1");
    CHECK(a.start(answer(status, 0)) == Machine::Start::bad_status);
    CHECK(a.out.empty());
  }
}

TEST_CASE("426 carries the Upgrade it asks for, and Connection names it") {
  Answering a("GET / HTTP/1.1");
  const std::vector<Field> upgrade = {{"Upgrade", "websocket"}};
  REQUIRE(a.start(answer(426, 0, upgrade)) == Machine::Start::ok);
  CHECK(a.out ==
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nDate: now\r\nContent-Length: 0\r\n"
        "Connection: upgrade\r\n\r\n");
}

TEST_CASE("close_soon makes the next response the last") {
  Answering a("GET / HTTP/1.1");
  a.machine.close_soon();
  a.start(answer(200, 0));
  CHECK(a.out.ends_with("Connection: close\r\n\r\n"));
}

TEST_CASE("chunk prefixes are hexadecimal and right for every size") {
  Answering a("GET / HTTP/1.1");
  a.start(answer(200, -1));
  for (const std::size_t size : {1U, 9U, 10U, 15U, 16U, 255U, 256U, 65535U, 65536U}) {
    const std::string data(size, 'x');
    const auto frame = a.machine.frame_body(data);
    REQUIRE(frame.line.text().ends_with("\r\n"));
    CHECK(std::stoul(std::string(frame.line.text()), nullptr, 16) == size);
    CHECK(frame.data.size() == size);
    CHECK(frame.suffix == "\r\n");
  }
}

}  // namespace
}  // namespace appserve::http
