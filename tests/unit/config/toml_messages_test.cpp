#include "config/toml_messages.hpp"

#include <doctest/doctest.h>

#include "config/toml_file.hpp"

namespace appserve::config {
namespace {

TEST_CASE("the commonest mistakes are said so that one knows what to type") {
  struct Case {
    const char *text, *position, *label, *help;
  };
  const Case cases[] = {
      {"a = \"x\n", "1:7", "the string is not closed", "add a closing \""},
      {"a = 'x\n", "1:7", "the string is not closed", "add a closing '"},
      {"a = \"\"\"x\n", "1:9", "the string is not closed", "add a closing \"\"\""},
      {"a =\n", "1:4", "the value is missing", "write  key = value  on one line"},
      {"a\n", "1:2", "'=' is missing before this", "write  key = value"},
      {"a : 1\n", "1:3", "'=' is missing before this", "write  key = value"},
      {"threads 4\n", "1:9", "'=' is missing before this", "write  key = value"},
      {"a = 1\na = 2\n", "2:5", "'a' is here twice", "delete one of the two"},
      {"[s]\n[s]\n", "2:1", "the table [s] is here twice", "merge the two"},
      {"[app]\n[[app]]\n", "2:1", "'app' is a table and a list of tables", "write [[app]] each time"},
      {"a = [1, 2\nb = 3\n", "2:1", "',' or ']' is missing before this", "close the list with ]"},
      {"a = [1 2]\n", "1:8", "',' or ']' is missing before this", "close the list with ]"},
      {"a = hello\n", "1:5", "not a value", "put quotes around text:  \"…\""},
      {"a = /tmp/x\n", "1:5", "not a value", "put quotes around text:  \"…\""},
      {"a = True\n", "1:5", "not a value", "booleans are  true  and  false, in lower case"},
      {"a = 30s\n", "1:7", "a number with something after it", "put quotes around it:  \"10 MiB\",  \"30s\""},
      {"a = 10MiB\n", "1:7", "a number with something after it", "put quotes around it:  \"10 MiB\",  \"30s\""},
      {"a = \"\\q\"\n", "1:7", "no such escape: \\q", R"(write a backslash as \\, or the text in 'single quotes')"},
      {"a = 01\n", "1:7", "a number does not begin with 0", "drop the zeros, or quote the text"},
      {"a = 99999999999999999999\n", "1:25", "the number is too large", ""},
      {"a = .5\n", "1:5", "not a number", "write  0.5  or  5.0,  or put quotes around text"},
      {"[server\n", "1:8", "']' is missing", "write  [table]  or  [[app]]  on a line of its own"},
      {"[]\n", "1:2", "the table has no name", "write  [server]"},
      {"a = 1 2\n", "1:7", "this does not belong after the value", "one  key = value  per line"},
      {"a = {x = 1\n", "1:11", "'}' is missing before this", "an inline table is closed on its line"},
      {"a = {x=1,}\n", "1:10", "a comma before the closing }", "drop the comma"},
      {"// x\n", "1:1", "neither a key nor a [table]", "comments begin with #"},
      {"a = 127.0.0.1:8080\n", "1:7", "not a time", "put quotes around text"},
      {"a = 2020-13-01\n", "1:12", "not a date", "put quotes around text"},
  };
  for (const Case& c : cases) {
    const Result<TomlFile, Error> file = parse_toml(c.text, "t.toml");
    REQUIRE_MESSAGE(!file, c.text);
    const SourceMark& where = file.error().where.value();
    CHECK_MESSAGE(std::to_string(where.line) + ":" + std::to_string(where.column) == c.position, c.text);
    CHECK_MESSAGE(where.label == c.label, c.text);
    CHECK_MESSAGE((file.error().help.empty() ? "" : file.error().help.front()) == c.help, c.text);
  }
}

TEST_CASE("a sentence without a rule is told as the parser says it") {
  const TomlMessage message = explain_toml("Error while parsing flux: the capacitor is open", "a = 1", 1);
  CHECK(message.label == "the capacitor is open");
  CHECK(message.help.empty());
}

}  // namespace
}  // namespace appserve::config
