#include "middleware/closed_mount.hpp"

#include <doctest/doctest.h>

#include "unit/middleware/fakes.hpp"

using namespace appserve;

TEST_CASE("a mount without its app tells clients when to come back") {
  middleware::ClosedMount mount(4);
  service::Request request;
  middleware::test::Answer answer;
  mount.call(request, answer);
  CHECK(answer.status == 503);
  CHECK(answer.fields == "retry-after: 4\n");
  CHECK(answer.releases == 1);
}
