#include "http/authority.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace appserve::http {
namespace {

using namespace std::string_literals;

TEST_CASE("host and port by the grammar of RFC 3986") {
  for (const std::string text : {"",
                                 ":80",
                                 "a",
                                 "a:",
                                 "a:0",
                                 "a:80",
                                 "a:65535",
                                 "a:0000080",
                                 "EXAMPLE.com.",
                                 "a_b.example",
                                 "xn--bcher-kva.example:80",
                                 "a~b!c$d'e(f)*g+h;i=j",
                                 "%41bc.example",
                                 "-a-",
                                 "a,b",
                                 "127.0.0.1",
                                 "1.2.3.4:8080",
                                 "[::1]",
                                 "[::1]:8080",
                                 "[::]:",
                                 "[2001:db8:0:0:0:0:2:1]",
                                 "[::ffff:192.0.2.1]",
                                 "[v1.a:b]",
                                 "[vF.~]:1"}) {
    CAPTURE(text);
    CHECK(is_authority(text));
  }
  for (const std::string& text : std::vector<std::string>{" ",
                                                          "a b",
                                                          "a\tb",
                                                          "a\rb",
                                                          "a\0b"s,
                                                          "a/b",
                                                          "a?b",
                                                          "a#b",
                                                          "a\\b",
                                                          "u@a",
                                                          "a:80:80",
                                                          "a:-1",
                                                          "a:+1",
                                                          "a:8o",
                                                          "a: 80",
                                                          "a:65536",
                                                          "a:99999999999999999999",
                                                          "::1",
                                                          "a\"b",
                                                          "a^b",
                                                          "a`b",
                                                          "a{b}",
                                                          "a|b",
                                                          "<a>",
                                                          "a\x7f",
                                                          "\xe9",
                                                          "http://a",
                                                          "%",
                                                          "%4",
                                                          "%zz",
                                                          "[::1",
                                                          "::1]",
                                                          "[]",
                                                          "[zz]",
                                                          "[::1]x",
                                                          "[::1]80",
                                                          "[1.2.3.4]",
                                                          "[fe80::1%25eth0]",
                                                          "[fe80::1%eth0]",
                                                          "[v.a]",
                                                          "[v1.]",
                                                          "[v1a]",
                                                          "[vg.a]",
                                                          "[::1\0]"s,
                                                          "[:::1]",
                                                          "[1:2:3:4:5:6:7:8:9]",
                                                          "[11111::]",
                                                          "[::1][::1]"}) {
    CAPTURE(text);
    CHECK_FALSE(is_authority(text));
  }
}

TEST_CASE("an authority may name no host") {
  CHECK(has_empty_host(""));
  CHECK(has_empty_host(":80"));
  CHECK_FALSE(has_empty_host("a:80"));
}

}  // namespace
}  // namespace appserve::http
