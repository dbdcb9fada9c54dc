#include "runtime/cpu_count.hpp"

#include <doctest/doctest.h>

using appserve::runtime::parse_cpu_max;

TEST_CASE("a cgroup's quota becomes whole CPUs, rounded up; anything else means no quota") {
  CHECK(parse_cpu_max("200000 100000\n") == 2);
  CHECK(parse_cpu_max("150000 100000\n") == 2);
  CHECK(parse_cpu_max("10000 100000\n") == 1);
  CHECK(parse_cpu_max("max 100000\n") == 0);
  CHECK(parse_cpu_max("") == 0);
  CHECK(parse_cpu_max("100000 0\n") == 0);
}

TEST_CASE("there is always a CPU") { CHECK(appserve::runtime::cpu_count() >= 1); }
