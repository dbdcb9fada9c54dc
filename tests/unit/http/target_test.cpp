#include "http/target.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace appserve::http {
namespace {

int status_of(Method method, std::string_view text) {
  const auto target = parse_target(method, text);
  return target ? 0 : target.error().status;
}

TEST_CASE("the forms of a target and their parts") {
  struct Case {
    Method method;
    std::string text, path, query, authority;
    bool absolute;
  };
  const std::vector<Case> cases = {
      {Method::get, "/", "/", "", "", false},
      {Method::get, "/a/b%2Fc/..;x", "/a/b%2Fc/..;x", "", "", false},
      {Method::get, "/a?b?c/d=%00\\", "/a", "b?c/d=%00\\", "", false},
      {Method::get, "/?", "/", "", "", false},
      {Method::get, "//a//b", "//a//b", "", "", false},
      {Method::get, "/!$&'()*+,;=:@-._~[]^`{|}", "/!$&'()*+,;=:@-._~[]^`{|}", "", "", false},
      {Method::get, "/http://a/", "/http://a/", "", "", false},
      {Method::options, "*", "*", "", "", false},
      {Method::options, "/", "/", "", "", false},
      {Method::get, "http://a", "/", "", "a", true},
      {Method::get, "hTTp://a/", "/", "", "a", true},
      {Method::get, "http://a?b", "/", "b", "a", true},
      {Method::get, "http://a.b:80/c?d", "/c", "d", "a.b:80", true},
      {Method::get, "http://[2001:db8::1]:8080/x", "/x", "", "[2001:db8::1]:8080", true},
      {Method::get, "http://a:/x", "/x", "", "a:", true},
      {Method::options, "http://a:80", "*", "", "a:80", true},
      {Method::options, "http://a/", "/", "", "a", true},
      {Method::options, "http://a?b", "/", "b", "a", true},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto target = parse_target(c.method, c.text);
    REQUIRE(target);
    CHECK(target->path == c.path);
    CHECK(target->query == c.query);
    CHECK(target->authority == c.authority);
    CHECK(target->absolute == c.absolute);
  }
}

TEST_CASE("what is no target of ours is refused") {
  for (const std::string text : {"*",
                                 "*/",
                                 "a",
                                 "a/b",
                                 "a:80",
                                 "?a",
                                 "#a",
                                 "%2F",
                                 "\\a",
                                 "/a#b",
                                 "/a?b#c",
                                 "/%",
                                 "/%4",
                                 "/%zz",
                                 "/%4g",
                                 "/a?%",
                                 "/a?%x1",
                                 "/%00",
                                 "/a%00b",
                                 "/\"",
                                 "/<a>",
                                 "/a\\b",
                                 "/a?\"",
                                 "/a?<",
                                 "http:",
                                 "http:/a",
                                 "http://",
                                 "http:///a",
                                 "http://?a",
                                 "http://:80/",
                                 "http://u@a/",
                                 "http://u:p@a/",
                                 "http://a:b/",
                                 "http://a:65536/",
                                 "http://[::1/",
                                 "http://[zz]/",
                                 "http://a b/",
                                 "http://a#b",
                                 "http://a/#b",
                                 "ftp://a/",
                                 "mailto:a@b",
                                 "xhttp://a/",
                                 "//"}) {
    CAPTURE(text);
    if (text == "//") {
      CHECK(status_of(Method::get, text) == 0);  // a path with an empty segment, not an authority
    } else {
      CHECK(status_of(Method::get, text) == 400);
    }
  }
  CHECK(status_of(Method::get, "https://a/") == 421);
  CHECK(status_of(Method::post, "*") == 400);
}

}  // namespace
}  // namespace appserve::http
