#include "journal/access_format.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <random>
#include <string>

using namespace appserve;
using namespace appserve::journal;
using namespace std::chrono_literals;

namespace {

std::string line(std::string_view format, const AccessLine& what) {
  std::string wrong, out;
  const auto parsed = AccessFormat::parse(format, wrong);
  REQUIRE(parsed);
  parsed->append(out, what);
  return out;
}

const std::array kFields{http::Field{"host", "example.org"}, http::Field{"referer", "https://a.example/"},
                         http::Field{"user-agent", "curl/7.88"}};

AccessLine example() {
  return {.second = "2026-11-21T14:32:28",
          .clf_second = "21/Nov/2026:14:32:28",
          .millisecond = 42,
          .remote = "192.0.2.1:49152",
          .id = "0123456789abcdef",
          .method = "GET",
          .target = "/game/rooms/7?x=1",
          .version = "HTTP/1.1",
          .host = "example.org",
          .scheme = "http",
          .app = "/game",
          .route = "/rooms/{id}",
          .ending = "answered",
          .status = 200,
          .bytes_in = 70,
          .bytes_out = 1234,
          .latency = 1500us,
          .took = 2500us,
          .fields = kFields};
}

}  // namespace

TEST_CASE("common and combined are what every tool reads") {
  CHECK(line("common", example()) ==
        "192.0.2.1 - - [21/Nov/2026:14:32:28 +0000] \"GET /game/rooms/7?x=1 HTTP/1.1\" 200 1234\n");
  CHECK(line("combined", example()) ==
        "192.0.2.1 - - [21/Nov/2026:14:32:28 +0000] \"GET /game/rooms/7?x=1 HTTP/1.1\" 200 1234 "
        "\"https://a.example/\" \"curl/7.88\"\n");
}

TEST_CASE("JSON is an object with numbers as numbers") {
  CHECK(line("json", example()) ==
        R"({"time":"2026-11-21T14:32:28.042Z","remote":"192.0.2.1:49152","id":"0123456789abcdef","method":"GET",)"
        R"("target":"/game/rooms/7?x=1","host":"example.org","scheme":"http","app":"/game","route":"/rooms/{id}",)"
        R"("status":200,"ending":"answered","why":"","bytes_in":70,"bytes_out":1234,"latency_ms":1.500,)"
        R"("took_ms":2.500,"referer":"https://a.example/","user_agent":"curl/7.88"})"
        "\n");
}

TEST_CASE("a text of one's own names values; braces that name none stand for themselves") {
  CHECK(line("{status} {took_ms} {header.User-Agent} {header.nothing}", example()) == "200 2.500 curl/7.88 -\n");
  CHECK(line("{{status}} {} {a b}", example()) == "{200} {} {a b}\n");
  CHECK(line("{\"s\":{status}}", example()) == "{\"s\":200}\n");
  CHECK(line("no names", example()) == "no names\n");
}

TEST_CASE("a name that is not known is told") {
  std::string wrong;
  CHECK_FALSE(AccessFormat::parse("{status} {stat}", wrong));
  CHECK(wrong == "stat");
  CHECK(AccessFormat::names().find("status, ") != std::string::npos);
}

TEST_CASE("what is not known is a dash") {
  CHECK(line("{client} {id} {request} {status}", {}) == "- - - 0\n");
  CHECK(line("{client}", {.remote = "unix:"}) == "unix:\n");
  CHECK(line("{client}", {.remote = "[2001:db8::1]:80"}) == "2001:db8::1\n");
}

TEST_CASE("nobody forges a line or a field in quotes, and no line is longer than a pipe takes whole") {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::array<std::string, 6> hostile;
    for (std::string& text : hostile) {
      text.resize(random() % (round % 10 == 0 ? 5000 : 60));
      for (char& c : text) c = "\"\\\r\n\t\x1b\x7f\x80\xff{} ab"[random() % 15];
    }
    const std::array fields{http::Field{"referer", hostile[0]}, http::Field{"user-agent", hostile[1]}};
    const AccessLine what{.remote = "192.0.2.1:1",
                          .id = hostile[2],
                          .first_line = hostile[3],
                          .target = hostile[4],
                          .version = round % 2 == 0 ? "HTTP/1.1" : "",
                          .host = hostile[5],
                          .fields = fields};
    for (const char* format : {"combined", "json"}) {
      const std::string out = line(format, what);
      CHECK(out.size() <= AccessFormat::kLongest);
      CHECK(out.find('\n') == out.size() - 1);
      std::size_t quotes = 0;
      for (std::size_t i = 0; i + 1 < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        const bool plain = byte >= 0x20 && byte < 0x7F;
        CHECK(plain);
        if (out[i] == '\\')
          ++i;  // what follows is escaped
        else if (out[i] == '"')
          ++quotes;
      }
      CHECK(quotes == (format == std::string("combined") ? 6 : 62));
    }
  }
}
