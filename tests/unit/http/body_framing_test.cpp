#include "http/body_framing.hpp"

#include <doctest/doctest.h>

#include <string>

namespace appserve::http {
namespace {

int status_of(const FramingFields& fields, int minor = 1) {
  const auto framing = decide_framing(fields, minor);
  return framing ? 0 : framing.error().status;
}

FramingFields length(std::string_view value, unsigned lines = 1) { return {value, {}, lines, 0}; }
FramingFields coding(std::string_view value, unsigned lines = 1) { return {{}, value, 0, lines}; }

TEST_CASE("the length of the content") {
  CHECK(decide_framing({}, 1)->kind == BodyKind::none);
  CHECK(decide_framing(length("0"), 1)->kind == BodyKind::none);
  CHECK(decide_framing(length("7"), 0)->kind == BodyKind::length);
  CHECK(decide_framing(length("7"), 1)->length == 7);
  CHECK(decide_framing(coding("Chunked"), 1)->kind == BodyKind::chunked);
}

TEST_CASE("unknown codings before chunked are 501, everything unclear is 400") {
  CHECK(status_of(coding("gzip, chunked")) == 501);
  CHECK(status_of(coding("x;a=b,chunked")) == 501);
  for (const std::string value :
       {"", ",", "chunked,", ", chunked", "gzip", "identity", "chunked, gzip", "chunked, chunked",
        "chunked, gzip, chunked", "chunked;a", "xchunked", "chu nked", "gzip,, chunked"}) {
    CAPTURE(value);
    CHECK(status_of(coding(value)) == 400);
  }
  CHECK(status_of(coding("chunked"), 0) == 400);
  CHECK(status_of(coding("chunked", 2)) == 400);
  CHECK(status_of({"5", "chunked", 1, 1}) == 400);
  CHECK(status_of({"x", "gzip, chunked", 2, 1}) == 400);
  CHECK(status_of(length("5", 2)) == 400);
  CHECK(status_of(length("")) == 400);
  CHECK(status_of(length("5, 5")) == 400);
}

}  // namespace
}  // namespace appserve::http
