#include "http/chunked.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace appserve::http {
namespace {

struct Decoded {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  int refused = 0;

  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece, std::size_t overhead = 100) {
  ChunkedDecoder decoder;
  Decoded result;
  std::string_view arrived;
  while (!result.done && result.refused == 0) {
    if (arrived.empty()) {
      arrived = bytes.substr(result.consumed, piece);
      if (arrived.empty()) break;
    }
    const auto step = decoder.decode(arrived, overhead, UINT64_MAX);
    result.data.append(step.data);
    result.consumed += step.consumed;
    result.done = step.done;
    if (step.refusal) result.refused = step.refusal->status;
    arrived.remove_prefix(step.consumed);
  }
  if (result.refused != 0) result.data.clear();
  return result;
}

TEST_CASE("legal chunked content, in pieces of any size; what follows it is left alone") {
  struct Case {
    std::string bytes, data;
  };
  const std::vector<Case> cases = {
      {"0\r\n\r\n", ""},
      {"000\r\n\r\n", ""},
      {"5\r\nhello\r\n0\r\n\r\n", "hello"},
      {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"},
      {"0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5;a\r\nhello\r\n0;b\r\n\r\n", "hello"},
      {"5;a=b\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5;a=b;c=d;e\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5 ; a = b ; c\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5\t;\ta\t=\t\"b\"\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5;a=\"b;c=d\"\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5;a=\"\\\"\\\\\\ \"\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5;a=\"\";b=\"\t\x80\"\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5\r\nhello\r\n0\r\nA: b\r\nC:\r\nD: \te\xff\r\n\r\n", "hello"},
      {"6\r\n\r\n0\r\n\r\r\n0\r\n\r\n", "\r\n0\r\n\r"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.bytes);
    for (std::size_t piece = 1; piece <= c.bytes.size() + 4; ++piece) {
      const auto result = decode(c.bytes + "next", piece);
      CHECK(result == Decoded{c.data, c.bytes.size(), true, 0});
    }
  }
}

TEST_CASE("anything else is refused at the same octet however it arrives") {
  const std::vector<std::string> cases = {"+5\r\n",
                                          "-5\r\n",
                                          "0x5\r\n",
                                          "\r\n",
                                          ";a\r\n",
                                          " 5\r\n",
                                          "5 \r\n",
                                          "5\t\r\n",
                                          "5 5\r\n",
                                          "5_0\r\n",
                                          "5.\r\n",
                                          "5,\r\n",
                                          "5z\r\n",
                                          "5:\r\n",
                                          "5\v\r\n",
                                          "5\xa0\r\n",
                                          "5\"a\"\r\n",
                                          "5\n",
                                          "5\r\r\n",
                                          "5\rX",
                                          "5;\r\n",
                                          "5;a;\r\n",
                                          "5;;a\r\n",
                                          "5;a=\r\n",
                                          "5;=b\r\n",
                                          "5;a=b c\r\n",
                                          "5;a b\r\n",
                                          "5;a \r\n",
                                          "5;a=b \r\n",
                                          "5;a=\"b\r\n",
                                          "5;a=\"\x01\"\r\n",
                                          "5;a=\"\\\r\n",
                                          "5;a=\"b\"c\r\n",
                                          "5;a=\"b\n\"\r\n",
                                          "5;a\n",
                                          "5;(\r\n",
                                          "5;a=b=c\r\n",
                                          "5\r\nhelloX\r\n",
                                          "5\r\nhello\n0\r\n\r\n",
                                          "5\r\nhello\rX",
                                          "5\r\nhello0\r\n\r\n",
                                          "5\r\nhello\r\n\r\n",
                                          "0\r\nX",
                                          "0\r\n\rX",
                                          "0\r\n\n",
                                          "0\r\n X: y\r\n\r\n",
                                          "0\r\nX\r\n\r\n",
                                          "0\r\nX : y\r\n\r\n",
                                          "0\r\n: y\r\n\r\n",
                                          "0\r\nX: y\n\r\n",
                                          "0\r\nX: y\rz\r\n",
                                          "0\r\nX: \x7f\r\n",
                                          "0\r\nX Y: z\r\n\r\n",
                                          "00000000000000005\r\nhello\r\n0\r\n\r\n",
                                          "10000000000000000\r\n",
                                          std::string(64, 'f') + "\r\n"};
  for (const auto& bytes : cases) {
    CAPTURE(bytes);
    // A case may be a front of something wrong: more octets must not make it right.
    const auto whole = decode(bytes + "\r\n\r\n0\r\n\r\n", 1000);
    CHECK(whole.refused == 400);
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      CHECK(decode(bytes + "\r\n\r\n0\r\n\r\n", piece) == whole);
    }
  }
}

TEST_CASE("extensions and trailers together have a limit: n - 1, n, n + 1") {
  const auto with = [](std::size_t extension, std::size_t trailer) {
    std::string bytes = "1;" + std::string(extension - 1, 'x') + "\r\nd\r\n0\r\n";
    return bytes + "T:" + std::string(trailer - 4, 'v') + "\r\n\r\n";
  };
  // An extension costs its octets behind ';' and the CR, a trailer field its octets and the CR.
  CHECK(decode(with(50, 50), 1000, 100).done);
  CHECK(decode(with(50, 51), 1000, 100).done);
  CHECK(decode(with(50, 52), 1000, 100).refused == 400);
  CHECK(decode("1;" + std::string(1000000, 'x'), 4096, 16384).refused == 400);
  CHECK(decode("1;" + std::string(1000000, 'x'), 4096, 16384).consumed <= 16384 + 3);
}

TEST_CASE("more content than allowed is told by the announcement: n - 1, n, n + 1") {
  const auto status = [](std::string_view bytes) {
    const auto step = ChunkedDecoder().decode(bytes, 0, 0x20);
    return step.refusal ? step.refusal->status : 0;
  };
  CHECK(status("1f\r\n") == 0);
  CHECK(status("20\r\n") == 0);
  CHECK(status("21") == 413);
  CHECK(status("021") == 413);
  CHECK(status("fffffffffffffff") == 413);
  CHECK(status("10\r\n0123456789abcdef\r\n10\r\n") == 0);
  CHECK(status("10\r\n0123456789abcdef\r\n11") == 413);
}

TEST_CASE("a decoder is new after reset") {
  ChunkedDecoder decoder;
  decoder.decode("5;a\r\nhel", 100, 100);
  decoder.reset();
  CHECK(decoder.decode("2\r\nhi\r\n0\r\n\r\n", 0, 2).data == "hi");
}

TEST_CASE("content is handed on as views into the input, one piece a step") {
  ChunkedDecoder decoder;
  const std::string_view bytes = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  const auto first = decoder.decode(bytes, 0, 5);
  CHECK(first.data.data() == bytes.data() + 3);
  CHECK(first.data == "abc");
  CHECK_FALSE(first.done);
  const auto second = decoder.decode(bytes.substr(first.consumed), 0, 2);
  CHECK(second.data == "de");
  CHECK(second.done);
}

}  // namespace
}  // namespace appserve::http
