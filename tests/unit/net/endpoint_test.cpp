#include "net/endpoint.hpp"

#include <doctest/doctest.h>

namespace appserve::net {
namespace {

Endpoint tcp(std::string host, std::uint16_t port) { return {.host = std::move(host), .port = port}; }
Endpoint unix_path(std::string path, unsigned mode) {
  return {.kind = Endpoint::Kind::unix_path, .path = std::move(path), .mode = mode};
}

TEST_CASE("every form of an address is understood and can be typed again") {
  struct Case {
    const char* text;
    Endpoint endpoint;
    const char* printed;
  };
  const Case cases[] = {
      {"127.0.0.1:8080", tcp("127.0.0.1", 8080), "127.0.0.1:8080"},
      {"localhost:0", tcp("localhost", 0), "localhost:0"},
      {"a-b.example_1:65535", tcp("a-b.example_1", 65535), "a-b.example_1:65535"},
      {"8080", tcp("127.0.0.1", 8080), "127.0.0.1:8080"},
      {":80", tcp("", 80), ":80"},
      {"*:80", tcp("", 80), ":80"},
      {"[::1]:8080", tcp("::1", 8080), "[::1]:8080"},
      {"[::]:8080", tcp("::", 8080), "[::]:8080"},
      {"[fe80::1%eth0]:80", tcp("fe80::1%eth0", 80), "[fe80::1%eth0]:80"},
      {"unix:/run/a.sock", unix_path("/run/a.sock", 0600), "unix:/run/a.sock"},
      {"unix:a.sock,mode=660", unix_path("a.sock", 0660), "unix:a.sock,mode=660"},
      {"systemd", {.kind = Endpoint::Kind::systemd}, "systemd"},
      {"systemd:http", {.kind = Endpoint::Kind::systemd, .name = "http"}, "systemd:http"},
      {"fd:3", {.kind = Endpoint::Kind::descriptor, .descriptor = 3}, "fd:3"},
      {"unix:/run/a.sock,mode=0777", unix_path("/run/a.sock", 0777), "unix:/run/a.sock,mode=777"},
  };
  for (const Case& c : cases) {
    const Result<Endpoint, Error> endpoint = parse_endpoint(c.text);
    REQUIRE_MESSAGE(endpoint, c.text);
    CHECK_MESSAGE(*endpoint == c.endpoint, c.text);
    CHECK(to_string(*endpoint) == c.printed);
    CHECK(parse_endpoint(c.printed).value() == c.endpoint);
  }
}

TEST_CASE("every wrong address is refused with its reason") {
  struct Case {
    const char* text;
    int number;
    const char* what;
    const char* help;
  };
  const Case cases[] = {
      {"127.0.0.1:99999", 4004, "'99999' is not a port; a port is a number from 0 to 65535", ""},
      {"127.0.0.1:65536", 4004, "'65536' is not a port; a port is a number from 0 to 65535", ""},
      {"99999", 4004, "'99999' is not a port; a port is a number from 0 to 65535", ""},
      {"127.0.0.1:", 4004, "'' is not a port; a port is a number from 0 to 65535", ""},
      {"a:-1", 4004, "'-1' is not a port; a port is a number from 0 to 65535", ""},
      {"a:+1", 4004, "'+1' is not a port; a port is a number from 0 to 65535", ""},
      {"a: 80", 4004, "' 80' is not a port; a port is a number from 0 to 65535", ""},
      {"a:http", 4004, "'http' is not a port; a port is a number from 0 to 65535", ""},
      {"a:80 ", 4004, "'80 ' is not a port; a port is a number from 0 to 65535", ""},
      {"", 3021, "cannot listen on '': it is empty", "127.0.0.1:8080"},
      {"localhost", 3021, "cannot listen on 'localhost': no port", "localhost:8080"},
      {"127.0.0.1", 3021, "cannot listen on '127.0.0.1': no port", "127.0.0.1:8080"},
      {"[::1]", 3021, "cannot listen on '[::1]': no port", "[::1]:8080"},
      {"::1", 3021, "cannot listen on '::1': an IPv6 address is written in brackets", "[::1]:8080"},
      {"::1:8080", 3021, "cannot listen on '::1:8080': an IPv6 address is written in brackets", "[::1]:8080"},
      {"[::zz]:80", 3021, "cannot listen on '[::zz]:80': '::zz' is not an IPv6 address", ""},
      {"[127.0.0.1]:80", 3021, "cannot listen on '[127.0.0.1]:80': '127.0.0.1' is not an IPv6 address", ""},
      {"999.0.0.1:80", 3021, "cannot listen on '999.0.0.1:80': '999.0.0.1' is not a host name or address", ""},
      {"127.1:80", 3021, "cannot listen on '127.1:80': '127.1' is not a host name or address", ""},
      {"a b:80", 3021, "cannot listen on 'a b:80': 'a b' is not a host name or address", ""},
      {"http://a:80", 3021, "cannot listen on 'http://a:80': 'http://a' is not a host name or address", ""},
      {"unix:", 3021, "cannot listen on 'unix:': no path after unix:", "unix:/run/appserve.sock"},
      {"unix:/a\n", 3021, "cannot listen on 'unix:/a\n': the path has a control character in it", ""},
      {"unix:/a,owner=x", 3021, "cannot listen on 'unix:/a,owner=x': only mode= may follow the path",
       "unix:PATH,mode=660"},
      {"unix:/a,mode=", 3021, "cannot listen on 'unix:/a,mode=': the mode is not an octal number like 660",
       "unix:PATH,mode=660"},
      {"unix:/a,mode=1777", 3021, "cannot listen on 'unix:/a,mode=1777': the mode is not an octal number like 660",
       "unix:PATH,mode=660"},
      {"unix:/a,mode=668", 3021, "cannot listen on 'unix:/a,mode=668': the mode is not an octal number like 660",
       "unix:PATH,mode=660"},
  };
  for (const Case& c : cases) {
    const Result<Endpoint, Error> endpoint = parse_endpoint(c.text);
    REQUIRE_MESSAGE(!endpoint, c.text);
    CHECK(endpoint.error().fault->number == c.number);
    CHECK(endpoint.error().what == c.what);
    CHECK((endpoint.error().help.empty() ? "" : endpoint.error().help.front()) == c.help);
  }
}

TEST_CASE("a unix path has room for 107 bytes") {
  CHECK(parse_endpoint("unix:/" + std::string(106, 'a')));
  const Result<Endpoint, Error> endpoint = parse_endpoint("unix:/" + std::string(107, 'a'));
  REQUIRE(!endpoint);
  CHECK(endpoint.error().fault == &fault('E', 4007));
  CHECK(endpoint.error().what ==
        "the unix socket's path has 108 bytes; the system takes at most 107: '/" + std::string(107, 'a') + "'");
}

}  // namespace
}  // namespace appserve::net
