#include "http/date.hpp"

#include <doctest/doctest.h>

namespace appserve::http {
namespace {

using namespace std::chrono;

TEST_CASE("dates as RFC 9110 has them") {
  CHECK(format_date(sys_seconds(784111777s)) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(format_date(sys_seconds(0s)) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(format_date(sys_days(2024y / February / 29) + 23h + 59min + 59s) == "Thu, 29 Feb 2024 23:59:59 GMT");
  CHECK(format_date(sys_days(2100y / March / 1)) == "Mon, 01 Mar 2100 00:00:00 GMT");
  CHECK(format_date(sys_seconds(2147483648s)) == "Tue, 19 Jan 2038 03:14:08 GMT");
}

}  // namespace
}  // namespace appserve::http
