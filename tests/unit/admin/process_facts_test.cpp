#include "admin/process_facts.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

using namespace appserve;

TEST_CASE("this process has memory, files and used some time") {
  const auto before = admin::process_facts(::getpid());
  REQUIRE(before);
  CHECK(before->resident_bytes > 1'000'000);
  CHECK(before->cpu_seconds >= 0);
  const UniqueFd more(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(admin::process_facts(::getpid())->open_files == before->open_files + 1);
}

TEST_CASE("there are no facts of nobody") { CHECK_FALSE(admin::process_facts(999'999'999)); }
