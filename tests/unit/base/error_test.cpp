#include "base/error.hpp"

#include <doctest/doctest.h>

namespace appserve {
namespace {

SourceMark mark(std::string text, int column, int length, std::string label = {}) {
  return {.file = "config.toml",
          .line = 3,
          .column = column,
          .length = length,
          .text = std::move(text),
          .label = std::move(label)};
}

TEST_CASE("a message is its code and what happened") {
  CHECK(render({&fault('E', 3012), "no app to serve", {}, {}, {}}, false) == "error[E3012]: no app to serve\n");
  CHECK(render({&fault('W', 3013), "x", {}, {}, {}}, false) == "warning[W3013]: x\n");
  CHECK(render({&fault('N', 4005), "x", {}, {}, {}}, false) == "note[N4005]: x\n");
}

TEST_CASE("notes and help stand below, several lines of help under each other") {
  const Error error{&fault('E', 1001), "no library 'libhelo.so'", {}, {"looked in  ./"}, {"try this", "or that"}};
  CHECK(render(error, false) ==
        "error[E1001]: no library 'libhelo.so'\n"
        "  looked in  ./\n"
        "  help: try this\n"
        "        or that\n");
}

TEST_CASE("a place in a file is quoted with a caret and its label") {
  const Error error{&fault('E', 3002),
                    "unknown key 'server.thraeds'",
                    mark("thraeds = 4", 1, 7, "did you mean 'threads'?"),
                    {},
                    {"threads = 4"}};
  CHECK(render(error, false) ==
        "error[E3002]: unknown key 'server.thraeds'\n"
        "  --> config.toml:3:1\n"
        "   |\n"
        " 3 | thraeds = 4\n"
        "   | ^^^^^^^ did you mean 'threads'?\n"
        "   = help: threads = 4\n");
}

TEST_CASE("the margin grows with the line's number") {
  SourceMark at = mark("x = 1", 5, 1);
  at.line = 1234;
  CHECK(render({&fault('E', 3004), "w", at, {}, {"h"}}, false) ==
        "error[E3004]: w\n"
        "     --> config.toml:1234:5\n"
        "      |\n"
        " 1234 | x = 1\n"
        "      |     ^\n"
        "      = help: h\n");
}

TEST_CASE("the caret stands under its byte behind tabs and characters of several bytes") {
  CHECK(render({&fault('E', 3004), "w", mark("\ta = 1", 6, 1), {}, {}}, false).ends_with("   | \t    ^\n"));
  CHECK(render({&fault('E', 3004), "w", mark("\xC3\xA9 = 1", 6, 1), {}, {}}, false).ends_with("   |     ^\n"));
  CHECK(render({&fault('E', 3004), "w", mark("a = '\xC3\xA9'", 5, 4), {}, {}}, false).ends_with("   |     ^^^\n"));
}

TEST_CASE("a caret may stand behind the end of the line") {
  CHECK(
      render({&fault('E', 3001), "w", mark("a = \"b", 7, 1, "open"), {}, {}}, false).ends_with("   |       ^ open\n"));
}

TEST_CASE("a mark without a line, as arguments have it, is not quoted") {
  SourceMark argument;
  argument.text = "libhello.so:app";
  CHECK(render({&fault('E', 2011), "w", argument, {}, {}}, false) == "error[E2011]: w\n");
}

TEST_CASE("control bytes never reach the terminal") {
  const Error error{&fault('E', 3002), "a\x1b[31mb\n", mark("k\x1b = 1", 1, 2, "l\x07"), {"n\r"}, {"h\x7f"}};
  const std::string text = render(error, false);
  for (const char c : text) CHECK((c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)));
  CHECK(text.find("\\x1b[31mb\\x0a") != std::string::npos);
  CHECK(text.find("| ^^^^^ l\\x07\n") != std::string::npos);  // as wide as the line's escapes
}

TEST_CASE("colour changes nothing but colour") {
  const Error error{&fault('E', 3002), "w", mark("thraeds = 4", 1, 7, "l"), {"n"}, {"h", "i"}};
  std::string text = render(error, true);
  CHECK(text.starts_with("\x1b[1;31merror[E3002]\x1b[0m"));
  for (std::size_t start; (start = text.find('\x1b')) != text.npos;)
    text.erase(start, text.find('m', start) - start + 1);
  CHECK(text == render(error, false));
}

}  // namespace
}  // namespace appserve
