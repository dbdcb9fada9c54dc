#include "app/version_name.hpp"

#include <doctest/doctest.h>

using namespace appserve::app;

TEST_CASE("versions are compared as numbers, not as text") {
  CHECK(VersionName("GLIBCXX_3.4.9").numbers < VersionName("GLIBCXX_3.4.32").numbers);
  CHECK(VersionName("GLIBC_2.4").numbers < VersionName("GLIBC_2.36").numbers);
  CHECK(VersionName("GLIBC_2.2.5").numbers > VersionName("GLIBC_2.2").numbers);
}

TEST_CASE("family and number are told apart; names without numbers have none") {
  CHECK(VersionName("GLIBCXX_3.4.32").family == "GLIBCXX_");
  CHECK(VersionName("GLIBCXX_3.4.32").number_text() == "3.4.32");
  CHECK(VersionName("GLIBC_PRIVATE").family == "GLIBC_PRIVATE");
  CHECK(VersionName("GLIBC_PRIVATE").numbers.empty());
  CHECK(VersionName("").number_text().empty());
  CHECK(VersionName("X_99999999999999999999").numbers.empty());
}
