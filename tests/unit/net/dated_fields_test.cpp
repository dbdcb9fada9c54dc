#include "net/common_fields.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace appserve;
using namespace std::chrono_literals;

TEST_CASE("the fields are rendered again when the second is over, not before") {
  net::CommonFields fields("appserve");
  const Time now = Clock::now();
  const std::string first(fields.at(now));
  CHECK(first.starts_with("Server: appserve\r\nDate: "));
  CHECK(first.ends_with(" GMT\r\n"));
  const char* place = fields.at(now).data();
  CHECK(fields.at(now).data() == place);
  CHECK(fields.at(now + 2s).starts_with("Server: appserve\r\nDate: "));
}

TEST_CASE("an empty ident means no Server field") {
  net::CommonFields fields("");
  CHECK(fields.at(Clock::now()).starts_with("Date: "));
}
