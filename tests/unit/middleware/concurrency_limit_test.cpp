#include "middleware/concurrency_limit.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "unit/middleware/fakes.hpp"

using namespace appserve;
using middleware::ConcurrencyLimit;
using middleware::test::Answer;

namespace {

struct Pending : service::Service {
  std::vector<service::ResponseWriter*> open;
  void call(service::Request&, service::ResponseWriter& response) noexcept override { open.push_back(&response); }
};

}  // namespace

TEST_CASE("n requests are admitted, the next is told to come back, and a place is free again after a release") {
  Pending app;
  ConcurrencyLimit limit(app, 2);
  service::Request request;
  Answer first, second, third, fourth;
  limit.call(request, first);
  limit.call(request, second);
  limit.call(request, third);
  CHECK(app.open.size() == 2);
  CHECK(third.status == 503);
  CHECK(third.fields == "retry-after: 1\n");
  CHECK(third.releases == 1);
  app.open[0]->respond({.status = 204}, {});
  CHECK(first.status == 204);
  app.open[0]->release();
  CHECK(first.releases == 1);
  limit.call(request, fourth);
  CHECK(app.open.size() == 3);
  CHECK(fourth.status == 0);
}
