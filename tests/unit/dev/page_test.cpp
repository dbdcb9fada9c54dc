#include "dev/page.hpp"

#include <doctest/doctest.h>

using namespace appserve::dev;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a broken build shows the compiler's words: positions stand out, markup is text") {
  const std::string page = broken_page(
      "The build is broken", "src/a.cpp:14:22: error: no 'vector<int>'\n  14 |   x;\nld: f.cpp:3: undefined\n", 4);
  CHECK(
      has(page,
          "<span class=\"error\"><span class=\"place\">src/a.cpp:14:22:</span> error: no 'vector&lt;int&gt;'</span>"));
  CHECK(has(page, "\n  14 |   x;\n"));
  CHECK(has(page, "data-change=\"4\""));
  CHECK(has(page, "<title>The build is broken</title>"));
}

TEST_CASE("a line without a position is left as it is") {
  const std::string page = broken_page("t", "12:30:00: later\nnote: :3: nothing\n", 1);
  CHECK_FALSE(has(page, "class=\"place\">note"));
  CHECK(has(page, "note: :3: nothing\n"));
}

TEST_CASE("a failure shows exception, route, request and stack; own code stands out") {
  const Failure failure{.what = "std::runtime_error: <b>",
                        .request = "GET /a?x=<script>",
                        .route = "/{name}",
                        .id = "0007",
                        .fields = {{"accept", "text/html"}},
                        .stack_of = "Thrown at",
                        .stack = {"f() at /home/me/app.cpp:3", "g() at /usr/include/appserve/app.hpp:9"}};
  const std::string page = failure_page(failure);
  CHECK(has(page, "<h1>std::runtime_error: &lt;b&gt;</h1>"));
  CHECK(has(page, "GET /a?x=&lt;script&gt; · route /{name}"));
  CHECK(has(page, "<span class=\"own\">f() at /home/me/app.cpp:3</span>\ng() at"));
  CHECK(has(page, "<td>accept</td><td>text/html</td>"));
  CHECK(has(page, script_tag()));
  const std::string text = failure_text(failure);
  CHECK(text.starts_with(
      "std::runtime_error: <b>\n\nGET /a?x=<script>   route /{name}   request 0007\n\nThrown at\n  f()"));
}
