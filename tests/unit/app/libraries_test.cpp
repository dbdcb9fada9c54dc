#include "app/libraries.hpp"

#include <doctest/doctest.h>

#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;
namespace fs = std::filesystem;

namespace {

Result<const Libraries::Library*, Error> open(Libraries& libraries, const std::string& path, const Folder& runtime) {
  const auto file = read_library(path);
  REQUIRE(file);
  const auto elf = read_elf(file->bytes);
  REQUIRE(elf);
  return libraries.open(*file, *elf, Closure(*file, *elf, LoaderSearch()), {.runtime_dir = runtime.path()});
}

}  // namespace

TEST_CASE("one file is copied and loaded once, another file of the same name is another library") {
  const Folder apps, runtime;
  fs::create_directory(apps / "a");
  fs::create_directory(apps / "b");
  fs::copy_file(fixture("hello"), apps / "a/libx.so");
  fs::copy_file(fixture("hello"), apps / "b/libx.so");
  {
    Libraries libraries;
    const auto first = open(libraries, apps / "a/libx.so", runtime);
    const auto again = open(libraries, apps / "a/libx.so", runtime);
    const auto other = open(libraries, apps / "b/libx.so", runtime);
    REQUIRE((first && again && other));
    CHECK(*first == *again);
    CHECK(*first != *other);
    CHECK((*first)->code.find("app") != (*other)->code.find("app"));
  }
  CHECK(runtime.empty());
}

TEST_CASE("a file that was replaced is a new library, and the old one lives on") {
  const Folder apps, runtime;
  Libraries libraries;
  fs::copy_file(fixture("hello"), apps / "libx.so");
  const auto before = open(libraries, apps / "libx.so", runtime);
  REQUIRE(before);
  fs::remove(apps / "libx.so");
  fs::copy_file(fixture("moody"), apps / "libx.so");
  const auto after = open(libraries, apps / "libx.so", runtime);
  REQUIRE(after);
  CHECK((*before)->code.find("app") != nullptr);
  CHECK((*after)->code.find("app") == nullptr);
  CHECK((*after)->code.find("create_app") != nullptr);
}

TEST_CASE("a library is loaded with what lies beside it, and what lies beyond $ORIGIN") {
  const Folder runtime;
  Libraries libraries;
  CHECK(open(libraries, fixture("needs_climbing"), runtime));
}

TEST_CASE("what cannot be loaded leaves no copy behind") {
  const Folder runtime;
  Libraries libraries;
  const auto failed = open(libraries, fixture("undefined"), runtime);
  REQUIRE_FALSE(failed);
  CHECK(code(failed.error()) == "E1016");
  CHECK(runtime.empty());
}
