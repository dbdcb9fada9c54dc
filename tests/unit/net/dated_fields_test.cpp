#include "net/dated_fields.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace appserve;
using namespace std::chrono_literals;

TEST_CASE("the fields are rendered again when the second is over, not before") {
  net::DatedFields fields("appserve");
  const Time now = Clock::now();
  const std::string first(fields.at(now).text());
  CHECK(first.starts_with("Server: appserve\r\nDate: "));
  CHECK(first.ends_with(" GMT\r\n"));
  const char* place = fields.at(now).text().data();
  CHECK(fields.at(now).text().data() == place);
  CHECK(fields.at(now + 2s).text().starts_with("Server: appserve\r\nDate: "));
}

TEST_CASE("an empty ident means no Server field") {
  net::DatedFields fields("");
  CHECK(fields.at(Clock::now()).text().starts_with("Date: "));
}
