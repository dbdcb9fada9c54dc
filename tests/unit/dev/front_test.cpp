#include "dev/front.hpp"

#include <doctest/doctest.h>

#include <array>

#include "dev/page.hpp"
#include "dev/state.hpp"
#include "unit/dev/answer.hpp"

using namespace appserve;
using namespace appserve::dev;
using dev::test::Answer;

namespace {

struct App : service::Service {
  http::ResponseHead head{.status = 200, .content_type = "text/html; charset=utf-8"};
  std::string body = "<p>hi</p>";
  bool fails = false, streams = false;
  void call(service::Request&, service::ResponseWriter& response) noexcept override {
    const service::Piece piece{.data = body};
    response.set_route("/{x}");
    if (fails) {
      response.fail("std::logic_error: no");
    } else if (streams) {
      response.begin(head);
      response.write({&piece, 1}, {});
      response.end();
    } else {
      response.respond(head, {&piece, 1});
    }
    response.release();
  }
};

const std::array kPage{http::Field{"accept", "text/html,*/*"}};

struct House {
  dev::test::Folder folder;
  App app;
  Log log{{.level = Log::Level::info, .file = folder.path + "/log", .kept = 2}};
  Front front{app, folder.path, log};
  service::Request request{.method_name = "GET", .target = "/a", .path = "/a"};
  Answer answer;

  explicit House(State state = {State::Phase::serving, 3, true, {}}) { write_state(folder.path, state); }
  void call(bool page = true) {
    request.fields = page ? std::span<const http::Field>(kPage) : std::span<const http::Field>();
    front.call(request, answer);
    CHECK(answer.releases == 1);
  }
};

}  // namespace

TEST_CASE("HTML gets the script, and its length") {
  House house;
  house.app.head.content_length = 9;
  house.call();
  CHECK(house.answer.body == "<p>hi</p>" + std::string(script_tag()));
  CHECK(house.answer.length == static_cast<std::int64_t>(9 + script_tag().size()));
}

TEST_CASE("a stream of HTML gets the script at its end") {
  House house;
  house.app.streams = true;
  house.call();
  CHECK(house.answer.body == "<p>hi</p>" + std::string(script_tag()));
  CHECK(house.answer.ends == 1);
}

TEST_CASE("what is not HTML, or only looks like it, is left as it is") {
  House json;
  json.app.head.content_type = "application/json";
  json.call();
  CHECK(json.answer.body == "<p>hi</p>");
  House packed;
  const std::array encoding{http::Field{"Content-Encoding", "gzip"}};
  packed.app.head.fields = encoding;
  packed.call();
  CHECK(packed.answer.body == "<p>hi</p>");
}

TEST_CASE("a failed handler is shown to a browser as a page, to others as text, and told to the log") {
  House browser;
  browser.app.fails = true;
  for (const char* line : {"the first", "room 7 is asked for", "x < 3"}) browser.log.write(Log::Level::info, line);
  browser.call();
  CHECK(browser.answer.status == 500);
  CHECK(browser.answer.type.starts_with("text/html"));
  CHECK(browser.answer.body.find("std::logic_error: no") != std::string::npos);
  CHECK(browser.answer.body.find("route /{x}") != std::string::npos);
  CHECK(browser.answer.failed == "std::logic_error: no");
  CHECK(browser.answer.body.find("info  room 7 is asked for\ninfo  x &lt; 3\n") != std::string::npos);
  CHECK(browser.answer.body.find("the first") == std::string::npos);
  House script;
  script.app.fails = true;
  script.call(false);
  CHECK(script.answer.type.starts_with("text/plain"));
  CHECK(script.answer.body.starts_with("std::logic_error: no\n"));
}

TEST_CASE("while the build is broken pages show why, and everything else is the last good app's") {
  House page({State::Phase::broken, 4, true, "a.cpp:1:2: error: <x>\n"});
  page.call();
  CHECK(page.answer.status == 500);
  CHECK(page.answer.body.find("a.cpp:1:2:</span> error: &lt;x&gt;") != std::string::npos);
  House data({State::Phase::broken, 4, true, "a.cpp:1:2: error: x\n"});
  data.app.head.content_type = "application/json";
  data.call(false);
  CHECK(data.answer.status == 200);
  CHECK(data.answer.body == "<p>hi</p>");
}

TEST_CASE("before anything is built everybody is told to wait") {
  House page({State::Phase::building, 1, false, {}});
  page.call();
  CHECK(page.answer.status == 503);
  CHECK(page.answer.body.find("data-change=\"1\"") != std::string::npos);
  House data({State::Phase::building, 1, false, {}});
  data.call(false);
  CHECK(data.answer.status == 503);
}

TEST_CASE("the script is served") {
  House house;
  house.request.path = "/_appserve/dev.js";
  house.call();
  CHECK(house.answer.type == "text/javascript");
  CHECK(house.answer.body == script());
}
