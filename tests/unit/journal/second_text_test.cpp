#include "journal/second_text.hpp"

#include <doctest/doctest.h>

using appserve::journal::SecondText;
using namespace std::chrono_literals;

TEST_CASE("moments are told in UTC, to the second and the millisecond") {
  SecondText text;
  text.set(SecondText::Moment(1'795'271'548'042ms));
  CHECK(text.iso() == "2026-11-21T14:32:28");
  CHECK(text.clf() == "21/Nov/2026:14:32:28");
  CHECK(text.millisecond() == 42);
  text.set(SecondText::Moment(1'795'271'548'999ms));
  CHECK(text.iso() == "2026-11-21T14:32:28");
  CHECK(text.millisecond() == 999);
  text.set(SecondText::Moment(1'795'271'549'000ms));
  CHECK(text.iso() == "2026-11-21T14:32:29");
}

TEST_CASE("leap days and the turn of a year") {
  SecondText text;
  text.set(SecondText::Moment(951'782'400s));
  CHECK(text.clf() == "29/Feb/2000:00:00:00");
  text.set(SecondText::Moment(1'798'761'599s));
  CHECK(text.iso() == "2026-12-31T23:59:59");
}
