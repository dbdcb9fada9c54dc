#include "base/units.hpp"

#include <doctest/doctest.h>

namespace appserve {
namespace {

using std::chrono::milliseconds;

TEST_CASE("sizes are read with and without a blank, in powers of 1000 and of 1024") {
  CHECK(parse_size("0") == 0U);
  CHECK(parse_size("4096") == 4096U);
  CHECK(parse_size("12 B") == 12U);
  CHECK(parse_size("10 MB") == 10'000'000U);
  CHECK(parse_size("10MiB") == 10U * 1024 * 1024);
  CHECK(parse_size("2 kB") == 2000U);
  CHECK(parse_size("18446744073709551615") == 18446744073709551615ULL);
}

TEST_CASE("what is not exactly a size is none") {
  for (const char* text : {"", "MB", "-1", "+1", " 1", "1.5 MB", "10 MBit", "10 mib", "10M", "1 MB x",
                           "18446744073709551616", "18446744073709551615 kB", "0x10"})
    CHECK_MESSAGE(!parse_size(text), text);
}

TEST_CASE("durations need a unit, but for zero") {
  CHECK(parse_duration("0") == milliseconds(0));
  CHECK(parse_duration("500ms") == milliseconds(500));
  CHECK(parse_duration("30s") == milliseconds(30'000));
  CHECK(parse_duration("2 min") == milliseconds(120'000));
  CHECK(parse_duration("1h") == milliseconds(3'600'000));
  CHECK(parse_duration("1d") == milliseconds(86'400'000));
  for (const char* text : {"", "30", "s", "1.5s", "-1s", "30 sec", "5m", "1h30min", "9223372036854775807s"})
    CHECK_MESSAGE(!parse_duration(text), text);
}

TEST_CASE("what is written can be read again") {
  for (const std::uint64_t bytes : {0ULL, 1ULL, 1000ULL, 1024ULL, 1536ULL, 1'048'576ULL, 10'000'000ULL, 1ULL << 40U})
    CHECK(parse_size(format_size(bytes)) == bytes);
  for (const int ms : {0, 1, 999, 1000, 1500, 30'000, 60'000, 90'000, 120'000, 3'600'000, 86'400'000})
    CHECK(parse_duration(format_duration(milliseconds(ms))) == milliseconds(ms));
}

TEST_CASE("the unit is the largest that loses nothing") {
  CHECK(format_size(32 * 1024) == "32 KiB");
  CHECK(format_size(1500) == "1500");
  CHECK(format_duration(milliseconds(1500)) == "1500ms");
  CHECK(format_duration(milliseconds(1000)) == "1s");
  CHECK(format_duration(milliseconds(60'000)) == "60s");
  CHECK(format_duration(milliseconds(120'000)) == "2min");
  CHECK(format_duration(milliseconds(0)) == "0s");
}

}  // namespace
}  // namespace appserve
