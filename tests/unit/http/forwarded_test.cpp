#include "http/forwarded.hpp"

#include <doctest/doctest.h>

using namespace appserve;
using http::Field;
using http::ForwardedFields;

namespace {

constexpr ForwardedFields kRfc{.forwarded = true};
constexpr ForwardedFields kAll{
    .x_for = true, .x_host = true, .x_proto = true, .x_port = true, .x_prefix = true, .x_by = true};

// "remote scheme authority prefix", each "-" when nothing was said; or the status.
std::string read(const std::vector<Field>& fields, const ForwardedFields& believed, std::size_t hops = 1) {
  const auto reading = http::read_forwarded(fields, believed, hops, "http", "own.example");
  if (reading.refusal) return std::to_string(reading.refusal->status) + " " + std::string(reading.refusal->why);
  std::string out;
  for (const std::string& text :
       {reading.client.remote, reading.client.scheme, reading.client.authority, reading.client.prefix})
    out += (out.empty() ? "" : " ") + (text.empty() ? "-" : text);
  return out;
}
std::string rfc(std::string_view value, std::size_t hops = 1) { return read({{"forwarded", value}}, kRfc, hops); }
std::string x(std::string_view name, std::string_view value, std::size_t hops = 1) {
  return read({{name, value}}, kAll, hops);
}

}  // namespace

TEST_CASE("X-Forwarded-For: the last entry counts, or as many from the end as there are proxies") {
  CHECK(x("x-forwarded-for", "192.0.2.1") == "192.0.2.1 - - -");
  CHECK(x("x-forwarded-for", "203.0.113.9, 192.0.2.1") == "192.0.2.1 - - -");
  CHECK(x("x-forwarded-for", "203.0.113.9, 192.0.2.1", 2) == "203.0.113.9 - - -");
  CHECK(x("x-forwarded-for", "forged, 203.0.113.9, 192.0.2.1", 2) == "203.0.113.9 - - -");
  CHECK(x("x-forwarded-for", "192.0.2.1", 3) == "192.0.2.1 - - -");
  CHECK(x("x-forwarded-for", "2001:db8::1") == "[2001:db8::1] - - -");
  CHECK(x("x-forwarded-for", "[2001:db8::1]:4711") == "[2001:db8::1]:4711 - - -");
  CHECK(x("x-forwarded-for", "\"[2001:db8::1]:4711\"") == "[2001:db8::1]:4711 - - -");
  CHECK(x("x-forwarded-for", "192.0.2.1:80") == "192.0.2.1:80 - - -");
  CHECK(x("x-forwarded-for", "unknown") == "- - - -");
  CHECK(x("x-forwarded-for", "_hidden") == "- - - -");
  CHECK(x("x-forwarded-for", "") == "- - - -");
}

TEST_CASE("what is rewritten is the trusted tail, over all lines of a field") {
  const std::vector<Field> fields{{"x-forwarded-for", "6.6.6.6, 203.0.113.9"}, {"x-forwarded-for", "192.0.2.1"}};
  const auto reading = http::read_forwarded(fields, kAll, 2, "http", "");
  CHECK(reading.client.x_for == "203.0.113.9, 192.0.2.1");
  CHECK(reading.client.remote == "203.0.113.9");
}

TEST_CASE("X-Forwarded-Host, -Proto, -Port and -Prefix make the effective URL") {
  CHECK(x("x-forwarded-host", "Shop.Example") == "- - Shop.Example -");
  CHECK(x("x-forwarded-host", "a.example, b.example:81") == "- - b.example:81 -");
  CHECK(x("x-forwarded-proto", "HTTPS") == "- https - -");
  CHECK(x("x-forwarded-port", "8443") == "- - own.example:8443 -");
  CHECK(x("x-forwarded-port", "80") == "- - own.example -");
  CHECK(x("x-forwarded-prefix", "/shop/") == "- - - /shop");
  CHECK(x("x-forwarded-prefix", "/") == "- - - -");
  CHECK(read({{"x-forwarded-host", "a"}, {"x-forwarded-port", "443"}, {"x-forwarded-proto", "https"}}, kAll) ==
        "- https a -");
  CHECK(read({{"x-forwarded-host", "a:1"}, {"x-forwarded-port", "2"}}, kAll) == "- - a:1 -");
  CHECK(read({{"x-forwarded-host", "[::1]"}, {"x-forwarded-port", "2"}}, kAll) == "- - [::1]:2 -");
}

TEST_CASE("Forwarded: the oldest trusted element that has a value wins, for each value") {
  CHECK(rfc("for=192.0.2.1;proto=https;host=Shop.Example") == "192.0.2.1 https Shop.Example -");
  CHECK(rfc("For=\"[2001:db8::1]:4711\"; BY=_proxy") == "[2001:db8::1]:4711 - - -");
  CHECK(rfc("for=6.6.6.6, for=192.0.2.1") == "192.0.2.1 - - -");
  CHECK(rfc("for=203.0.113.9, for=192.0.2.1;proto=https", 2) == "203.0.113.9 https - -");
  CHECK(rfc("for=\"6.6.6.6, for=203.0.113.9\", for=192.0.2.1") == "192.0.2.1 - - -");
  CHECK(rfc("ext=\"a;b,c\";for=192.0.2.1") == "192.0.2.1 - - -");
  CHECK(rfc("for=192.0.2.1:80") == "192.0.2.1:80 - - -");
  CHECK(rfc("for=unknown;proto=http") == "- http - -");
  CHECK(rfc("for=_x.1-2") == "- - - -");
}

TEST_CASE("what is believed and malformed is refused by name") {
  for (const char* bad : {"localhost",     "127.1",      "0177.0.0.1",       "0x7f000001",  "<script>",
                          "192.0.2.1 ; x", "192.0.2.1:", "192.0.2.1:99999",  "a.example",   "[::1",
                          "::1]",          ",",          "192.0.2.1,",       "\"192.0.2.1", "_",
                          "_a b",          "-",          "1.2.3.4\t5.6.7.8", "fe80::1%lo",  "[192.0.2.1]"})
    CHECK_MESSAGE(x("x-forwarded-for", bad) == "400 Header \"X-Forwarded-For\" malformed.", bad);
  for (const char* bad : {"a b", "a/b", "user@a", "a,", ":80", "a:b", "a:99999", "[::1", "a\"b"})
    CHECK_MESSAGE(x("x-forwarded-host", bad) == "400 Header \"X-Forwarded-Host\" malformed.", bad);
  for (const char* bad : {"ftp", "https, http", "https ", "\"https", "h\"", "javascript:"})
    if (std::string_view(bad) != "https ")
      CHECK_MESSAGE(x("x-forwarded-proto", bad) == "400 Header \"X-Forwarded-Proto\" malformed.", bad);
  for (const char* bad : {"0", "65536", "-1", "80a", "80, 81", "0x50"})
    CHECK_MESSAGE(x("x-forwarded-port", bad) == "400 Header \"X-Forwarded-Port\" malformed.", bad);
  for (const char* bad : {"shop", "//evil.example", "/a b", "/a?b", "/a#b", "/../a", "/%zz", "/a, /b", "/a\\b", "/%00"})
    CHECK_MESSAGE(x("x-forwarded-prefix", bad) == "400 Header \"X-Forwarded-Prefix\" malformed.", bad);
  for (const char* bad : {"for",
                          "for=",
                          "=1",
                          "for=192.0.2.1;for=192.0.2.2",
                          "for=localhost",
                          "for=192.0.2.1,",
                          "for=\"192.0.2.1",
                          "for = 192.0.2.1",
                          "proto=ftp",
                          "host=a b",
                          "host=\"a/b\"",
                          "for=127.1",
                          "f or=1",
                          "for=[::1]x",
                          "host=:80",
                          "proto=",
                          "for=0x7f.1",
                          ",",
                          "for=\"\"",
                          "for=<b>"})
    CHECK_MESSAGE(rfc(bad) == "400 Header \"Forwarded\" malformed.", bad);
  CHECK(read({{"x-forwarded-proto", "http"}, {"x-forwarded-proto", "https"}}, kAll).starts_with("400"));
}

TEST_CASE("what is left of the trusted tail may be anything") {
  CHECK(x("x-forwarded-for", "<script>, , unknown garbage, 192.0.2.1") == "192.0.2.1 - - -");
  CHECK(rfc("garbage;;;, for=192.0.2.1") == "192.0.2.1 - - -");
}

TEST_CASE("fields that are not believed are not read") {
  CHECK(read({{"x-forwarded-for", "192.0.2.1"}, {"x-forwarded-proto", "ftp"}}, {.x_for = true}) == "192.0.2.1 - - -");
  CHECK(read({{"forwarded", "for=192.0.2.1"}}, kAll) == "- - - -");
  CHECK(read({{"x-forwarded-for", "192.0.2.1"}}, kRfc) == "- - - -");
}
