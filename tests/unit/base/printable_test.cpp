#include "base/printable.hpp"

#include <doctest/doctest.h>

using namespace appserve;

TEST_CASE("printable ASCII stays, all other bytes are written out") {
  CHECK(printable("GET /a?b=c HTTP/1.1") == "GET /a?b=c HTTP/1.1");
  CHECK(printable("a\r\nb\x1b[2J\x7f\xc3\xa9") == "a\\x0d\\x0ab\\x1b[2J\\x7f\\xc3\\xa9");
  CHECK(printable(std::string("\0", 1)) == "\\x00");
}

TEST_CASE("nothing in it can end the quotes around it") { CHECK(printable(R"(a" 200 \")") == R"(a\" 200 \\\")"); }

TEST_CASE("JSON has its own way to write bytes") {
  std::string out;
  append_printable(out, "\"\n\xff\\", true);
  CHECK(out == R"(\"\u000a\u00ff\\)");
}

TEST_CASE("every byte, at every place of a longer text") {
  for (int byte = 0; byte < 256; ++byte)
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(byte);
      const std::string alone = printable(text.substr(at, 1));
      CHECK(printable(text) == std::string(at, 'x') + alone + std::string(19 - at, 'x'));
      CHECK((alone.size() == 1) == (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\'));
    }
}

TEST_CASE("a limit never cuts an escape in two") {
  for (std::size_t most = 0; most < 20; ++most) {
    std::string out;
    append_printable(out, "\n\n\n\n", false, most);
    CHECK(out.size() == most / 4 * 4);
  }
}
