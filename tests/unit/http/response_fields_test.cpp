#include "http/response_fields.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace appserve::http {
namespace {

constexpr std::string_view kCommon = "Server: s\r\nDate: d\r\n";

std::string render(const std::vector<Field>& fields, std::string_view type = {}) {
  ResponseHead head;
  head.fields = fields;
  head.content_type = type;
  std::string out;
  const auto asks = append_fields(head, kCommon, out);
  if (!asks) return "refused";
  if (!asks->content_type.empty()) out.append("Content-Type: ").append(asks->content_type).append("\r\n");
  return out.append(asks->common);
}

TEST_CASE("fields keep order and case; the common ones follow") {
  CHECK(render({{"X-b", "1"}, {"a", ""}, {"X-b", "2"}}) == "X-b: 1\r\na: \r\nX-b: 2\r\nServer: s\r\nDate: d\r\n");
  CHECK(render({}, "text/plain") == "Content-Type: text/plain\r\nServer: s\r\nDate: d\r\n");
}

TEST_CASE("the app's own Server, Date and Content-Type win") {
  CHECK(render({{"server", "mine"}}) == "server: mine\r\nDate: d\r\n");
  CHECK(render({{"DATE", "now"}}) == "DATE: now\r\nServer: s\r\n");
  CHECK(render({{"Date", "now"}, {"Server", ""}}) == "Date: now\r\nServer: \r\n");
  CHECK(render({{"content-type", "a/b"}}, "text/plain") == "content-type: a/b\r\nServer: s\r\nDate: d\r\n");
}

TEST_CASE("every octet of a value: text passes, controls do not") {
  for (unsigned octet = 0; octet < 256; ++octet) {
    CAPTURE(octet);
    const std::string value = {'a', static_cast<char>(octet), 'b'};
    const bool legal = octet == '\t' || (octet >= 0x20 && octet != 0x7f);
    CHECK((render({{"X", value}}) != "refused") == legal);
  }
}

TEST_CASE("every octet of a name: tokens pass") {
  const std::string token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (unsigned octet = 0; octet < 256; ++octet) {
    CAPTURE(octet);
    const std::string name = {'a', static_cast<char>(octet), 'b'};
    CHECK((render({{name, "v"}}) != "refused") == (token.find(name[1]) != std::string::npos));
  }
}

TEST_CASE("fields that look like the server's own are the app's") {
  CHECK(render({{"Content-Length-X", "a"}, {"tee", "b"}, {"Dates", "c"}, {"xonnection", "d"}}) != "refused");
}

TEST_CASE("framing is taken out and told") {
  ResponseHead head;
  const std::vector<Field> fields = {{"Content-Length", " 12 "}, {"Connection", "close"}, {"Upgrade", "x"}};
  head.fields = fields;
  head.status = 426;
  std::string out;
  const auto asks = append_fields(head, {}, out);
  REQUIRE(asks);
  CHECK(asks->content_length == 12);
  CHECK(asks->close);
  CHECK(asks->upgrade);
  CHECK(out == "Upgrade: x\r\n");
}

}  // namespace
}  // namespace appserve::http
