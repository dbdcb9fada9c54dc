#include "config/explain.hpp"

#include <doctest/doctest.h>

#include "embedded/faults.hpp"

namespace appserve::config {
namespace {

std::string name_of(const Fault& fault) { return fault.severity + std::to_string(fault.number); }

TEST_CASE("every code of the catalogue has a page under its title") {
  for (const Fault& fault : kFaults) {
    const std::string heading = "\n### " + name_of(fault) + " " + std::string(fault.title) + "\n";
    CHECK_MESSAGE(embedded::faults.find(heading) != embedded::faults.npos, heading);
    const Result<std::string, Error> page = explain(name_of(fault));
    REQUIRE(page);
    CHECK(page->size() > heading.size());
  }
}

TEST_CASE("there is no page of a code that does not exist") {
  std::size_t pages = 0;
  for (std::size_t at = 0; (at = embedded::faults.find("\n### ", at)) != embedded::faults.npos; ++at) ++pages;
  CHECK(pages == kFaults.size());
}

TEST_CASE("a code may be written without its letter, which tells all that share the number") {
  CHECK(*explain("e1001") == *explain("1001"));
  CHECK(explain("1001")->starts_with("E1001 no such library\n"));
  CHECK(explain("1001")->ends_with("Exit code: 65\n"));
  const std::string both = *explain("4005");
  CHECK(both.find("E4005 the unix socket belongs") != both.npos);
  CHECK(both.find("N4005 a stale unix socket") != both.npos);
}

TEST_CASE("a page ends where the next one or the next chapter begins") {
  CHECK(explain("W1027")->find("E2001") == std::string::npos);
  CHECK(explain("W1027")->find("## 2") == std::string::npos);
}

TEST_CASE("without a code all are listed; an unknown one is an error with a near one") {
  CHECK(explain("")->find("E4001  the address is in use\n") != std::string::npos);
  const Result<std::string, Error> none = explain("E10O1");
  REQUIRE(!none);
  CHECK(render(none.error(), false) ==
        "error[E3021]: there is no code 'E10O1'\n"
        "  help: appserve explain E1001\n");
}

}  // namespace
}  // namespace appserve::config
