#include "http/method.hpp"

#include <doctest/doctest.h>

#include <string>

namespace appserve::http {
namespace {

TEST_CASE("HTTP's methods are known by their exact names") {
  CHECK(find_method("GET") == Method::get);
  CHECK(find_method("HEAD") == Method::head);
  CHECK(find_method("POST") == Method::post);
  CHECK(find_method("PUT") == Method::put);
  CHECK(find_method("DELETE") == Method::del);
  CHECK(find_method("PATCH") == Method::patch);
  CHECK(find_method("OPTIONS") == Method::options);
  for (const std::string name : {"TRACE", "PROPFIND", "M-SEARCH", "UNSUBSCRIBE", "ACL", "QUERY"}) {
    CHECK(find_method(name) == Method::other);
  }
  for (const std::string name :
       {"", "get", "Get", "GETS", "GE", "FOO", "CONNECT", "PRI", "SOURCE", "DESCRIBE", "HEAD "}) {
    CAPTURE(name);
    CHECK_FALSE(find_method(name));
  }
}

}  // namespace
}  // namespace appserve::http
