#include "trace/activity.hpp"

#include <doctest/doctest.h>

using namespace appserve::trace;

TEST_CASE("entries into apps nest, and each leaves what was before") {
  RequestWords request{.method = "GET", .target = "/", .route = {}, .id = "1"};
  CHECK(current.app == nullptr);
  {
    const InApp outer("outer", Doing::handle, &request);
    {
      const InApp inner("inner", Doing::timer);
      CHECK(current.app == std::string_view("inner"));
      CHECK(current.request == nullptr);
      CHECK(words_for(current.doing) == "in a timer's callback");
    }
    CHECK(current.app == std::string_view("outer"));
    CHECK(current.request == &request);
  }
  CHECK(current.app == nullptr);
  CHECK(current.doing == Doing::nothing);
}

TEST_CASE("a request is remembered until it is over") {
  RequestWords request{.method = "GET", .target = "/", .route = {}, .id = "1"};
  const Remembered remembered(&request), none;
  CHECK(remembered.now() == &request);
  CHECK(none.now() == nullptr);
  request.over();
  CHECK(request.method.empty());
  CHECK(remembered.now() == nullptr);
  CHECK(Remembered(&request).now() == &request);  // the record's next one
}
