#include "middleware/body_limit.hpp"

#include <doctest/doctest.h>

#include "unit/middleware/fakes.hpp"

using namespace appserve;
using middleware::test::Answer;
using middleware::test::Body;

namespace {

struct Counting : service::Service {
  int calls = 0;
  void call(service::Request&, service::ResponseWriter& response) noexcept override {
    ++calls;
    response.release();
  }
};

}  // namespace

TEST_CASE("a body over the app's limit is refused before the app sees it; one at the limit passes") {
  Counting app;
  middleware::BodyLimit limit(app, 100);
  Body body;
  service::Request request;
  request.reader = &body;
  struct Case {
    unsigned size;
    int calls, status;
  };
  for (const auto& [size, calls, status] : {Case{99, 1, 0}, Case{100, 2, 0}, Case{101, 2, 413}}) {
    Answer answer;
    body.size = size;
    limit.call(request, answer);
    CHECK(app.calls == calls);
    CHECK(answer.status == status);
    CHECK(answer.releases == 1);
  }
  CHECK(body.limited_to == 100);
}
