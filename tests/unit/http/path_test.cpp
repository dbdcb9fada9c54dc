#include "http/path.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace appserve::http {
namespace {

std::string normal(std::string_view raw) {
  std::string out = "left over";
  const auto refusal = normalise_path(raw, out);
  return refusal ? std::to_string(refusal->status) : out;
}

TEST_CASE("one spelling for one path") {
  struct Case {
    std::string raw, normal;
  };
  const std::vector<Case> cases = {
      {"/", "/"},
      {"/a/b", "/a/b"},
      {"/a/b/", "/a/b/"},
      {"//a///b//", "//a///b//"},
      {"/A/b", "/A/b"},
      // unreserved letters are decoded, others keep their escape
      {"/%61%2D%5f%7E%2e%39", "/a-_~.9"},
      {"/%21%3b%3F%23%25%20", "/%21%3B%3F%23%25%20"},
      {"/a%2fb", "/a%2Fb"},
      {"/a%5cb", "/a%5Cb"},
      {"/a\\b", "/a%5Cb"},
      {"/%e2%82%ac", "/%E2%82%AC"},
      {"/%2561", "/%2561"},
      // dot segments, however spelled
      {"/.", "/"},
      {"/./", "/"},
      {"/a/.", "/a/"},
      {"/a/./b", "/a/b"},
      {"/a/..", "/"},
      {"/a/../", "/"},
      {"/a/../b", "/b"},
      {"/a/b/../../c", "/c"},
      {"/a/b/..", "/a/"},
      {"/a/%2e/b", "/a/b"},
      {"/a/%2E%2e/b", "/b"},
      {"/a/.%2e/b", "/b"},
      {"/a//../b", "/a/b"},
      {"//..", "/"},
      // these are no dot segments
      {"/...", "/..."},
      {"/..a/.b/c.", "/..a/.b/c."},
      {"/..;x", "/..;x"},
      {"/a%2fb..", "/a%2Fb.."},
  };
  for (const auto& c : cases) {
    CAPTURE(c.raw);
    CHECK(normal(c.raw) == c.normal);
    CHECK(normal(c.normal) == c.normal);
  }
}

TEST_CASE("nothing climbs out, or hides that it does") {
  for (const std::string raw :
       {"/..", "/../", "/../a", "/a/../..", "/%2e%2e", "/.%2E/a", "/a/../../b", "/./..", "/a/b/../../../c"}) {
    CAPTURE(raw);
    CHECK(normal(raw) == "400");
  }
  for (const std::string raw : {"/a/..%2f", "/a/..%2Fb", "/a/%2e%2e%2fb", "/a/b%2f..", "/a/b%2f..%2fc", "/a/..%5cb",
                                "/a/..\\b", "/a\\..", "/%2f..%5c"}) {
    CAPTURE(raw);
    CHECK(normal(raw) == "400");
  }
}

TEST_CASE("what is no path is refused") {
  for (const std::string raw : {"", "a", "*", "%2Fa", "/%", "/%4", "/%zz", "/a%00", "/%00/b"}) {
    CAPTURE(raw);
    CHECK(normal(raw) == "400");
  }
}

TEST_CASE("a path that says it is normal is its own normal form") {
  for (const std::string raw : {"/", "/a/b.c/d..e/", "//", "/.a", "/..a", "/.../x"}) {
    CAPTURE(raw);
    CHECK(is_normal_path(raw));
    CHECK(normal(raw) == raw);
  }
  for (const std::string raw : {"", "a", "/.", "/..", "/a/./b", "/a/../b", "/a/..", "/..a/..", "/%41", "/a\\b"}) {
    CAPTURE(raw);
    CHECK_FALSE(is_normal_path(raw));
  }
}

TEST_CASE("encoded letters match a mount, encoded separators never end its segment") {
  CHECK(normal("/%66oo/x") == "/foo/x");
  CHECK(normal("/foo%2fx") == "/foo%2Fx");
  CHECK(normal("/foo%2f/x") == "/foo%2F/x");
  CHECK(normal("/other/%2e%2e/foo") == "/foo");
  CHECK(normal("//foo/x") == "//foo/x");
}

}  // namespace
}  // namespace appserve::http
