#include "app/examination.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

TEST_CASE("an app's inspection: ABI, entries, needs") {
  const auto facts = inspect({fixture("two_apps"), "", false}, {});
  REQUIRE(facts);
  CHECK(facts->library == fixture("two_apps"));
  CHECK(facts->size == std::filesystem::file_size(fixture("two_apps")));
  CHECK(facts->abi == "1.1");
  CHECK(facts->abi_min == "1.0");
  CHECK(facts->language == "C");
  CHECK_FALSE(facts->compiler.empty());
  REQUIRE(facts->entries.size() == 3);
  CHECK(facts->entries[2].symbol == "create_app");
  CHECK(facts->entries[2].call);
  CHECK(facts->other_exports == 1);  // `counter`
  CHECK(facts->unique_symbols == 0);
  CHECK(facts->errors.empty());
  REQUIRE(std::ranges::any_of(facts->needed, [](const auto& n) { return n.name == "libc.so.6" && !n.path.empty(); }));
}

TEST_CASE("what it asks of the system is told by the newest of each kind") {
  const auto facts = inspect({fixture("throws"), "", false}, {});
  REQUIRE(facts);
  CHECK(facts->language == "C++");
  const auto& versions = facts->system_versions;
  CHECK(std::ranges::count(versions, "GLIBCXX_3.4.21") == 1);
  CHECK(std::ranges::count(versions, "GLIBCXX_3.4") == 0);
}

TEST_CASE("missing libraries stand among the needed ones, without a path") {
  const auto facts = inspect({fixture("needs_chain"), "", false}, {});
  REQUIRE(facts);
  const auto found = std::ranges::find(facts->needed, "libabsent.so", &Inspection::Needed::name);
  REQUIRE(found != facts->needed.end());
  CHECK(found->path.empty());
  CHECK(found->needed_by == "libneeds_chain.so -> libmiddle.so");
  REQUIRE(facts->errors.size() == 1);
  CHECK(code(facts->errors.front()) == "E1014");
}

TEST_CASE("a symbol that was asked for is looked at too; without one the library alone") {
  CHECK(inspect({fixture("two_apps"), "", false}, {})->errors.empty());
  const auto facts = inspect({fixture("two_apps"), "nosuch", false}, {});
  REQUIRE(facts);
  REQUIRE(facts->errors.size() == 1);
  CHECK(code(facts->errors.front()) == "E1020");
}

TEST_CASE("what is no app cannot be inspected") {
  const auto facts = inspect({fixture("no_note"), "", false}, {});
  REQUIRE_FALSE(facts);
  CHECK(code(facts.error()) == "E1009");
}

TEST_CASE("an examination has what loading needs, and everything that stands against it") {
  const auto good = examine({fixture("moody"), "", false}, {});
  REQUIRE(good);
  CHECK((*good)->errors().empty());
  CHECK((*good)->entry().symbol == "create_app");
  CHECK((*good)->note().abi == 0x10001);
  const auto bad = examine({fixture("needs_absent"), "ap", false}, {});
  REQUIRE(bad);
  CHECK(code((*bad)->errors().front()) == "E1020");
}
