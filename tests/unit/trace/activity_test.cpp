#include "trace/activity.hpp"

#include <doctest/doctest.h>

using namespace appserve::trace;

TEST_CASE("entries into apps nest, and each leaves what was before") {
  RequestWords request{.method = "GET", .target = "/", .route = {}, .id = "1"};
  CHECK(current().app == nullptr);
  {
    const InApp outer("outer", Doing::handle, &request);
    {
      const InApp inner("inner", Doing::timer);
      CHECK(current().app == std::string_view("inner"));
      CHECK(current().request == nullptr);
      CHECK(words_for(current().doing) == "in a timer's callback");
    }
    CHECK(current().app == std::string_view("outer"));
    CHECK(current().request == &request);
  }
  CHECK(current().app == nullptr);
  CHECK(current().doing == Doing::nothing);
}

TEST_CASE("a request is remembered until it is over") {
  RequestWords request{.method = "GET", .target = "/", .route = {}, .id = "1"};
  const InApp in_app("app", Doing::handle, &request);
  const Remembered remembered(Waiting::timer);
  CHECK(remembered.now() == &request);
  request.over();
  CHECK(request.method.empty());
  CHECK(remembered.now() == nullptr);
  CHECK(remembered.end(Waiting::timer) == nullptr);
  CHECK(Remembered(Waiting::timer).now() == &request);  // the record's next one
  const InApp elsewhere("app", Doing::timer);
  CHECK(Remembered(Waiting::timer).now() == nullptr);
}

TEST_CASE("what a request waits for is known until it comes") {
  RequestWords request;
  const InApp in_app("app", Doing::handle, &request);
  CHECK(words_for_waits(request).empty());
  const Remembered first(Waiting::timer), second(Waiting::timer), work(Waiting::blocking_work);
  CHECK(words_for_waits(request) == "a timer, blocking work");
  CHECK(first.end(Waiting::timer) == &request);
  CHECK(words_for_waits(request) == "a timer, blocking work");
  second.end(Waiting::timer);
  work.end(Waiting::blocking_work);
  CHECK(words_for_waits(request).empty());
}
