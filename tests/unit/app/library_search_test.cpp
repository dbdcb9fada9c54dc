#include "app/library_search.hpp"

#include <doctest/doctest.h>

#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;
namespace fs = std::filesystem;

namespace {

// A current folder of our own for the length of a test.
struct CurrentFolder {
  Folder folder;
  fs::path before = fs::current_path();
  CurrentFolder() { fs::current_path(folder.path()); }
  ~CurrentFolder() { fs::current_path(before); }
  void put(const std::string& path) const {
    fs::create_directories((fs::path(folder.path()) / path).parent_path());
    write_bytes(folder / path, "x");
  }
};

}  // namespace

TEST_CASE("a bare name is looked for in the current folder, then ./build, then the search path") {
  const CurrentFolder here;
  const Folder other;
  write_bytes(other / "libx.so", "x");
  const AppSpec spec{"libx.so", "app", false};
  CHECK(find_library(spec, {other.path()}) == other / "libx.so");
  here.put("build/apps/libx.so");
  CHECK(find_library(spec, {other.path()}) == here.folder / "build/apps/libx.so");
  here.put("build/libx.so");
  CHECK(find_library(spec, {other.path()}) == here.folder / "build/libx.so");
  here.put("libx.so");
  CHECK(find_library(spec, {other.path()}) == here.folder / "libx.so");
}

TEST_CASE("a name with a slash is taken as it is") {
  const CurrentFolder here;
  here.put("sub/libx.so");
  CHECK(find_library({"sub/libx.so", "app", false}, {}) == here.folder / "sub/libx.so");
  here.put("build/sub2/libx.so");
  const auto missed = find_library({"sub2/libx.so", "app", false}, {here.folder / "build"});
  REQUIRE_FALSE(missed);
  CHECK(text(missed.error()) == "no library 'sub2/libx.so'|looked in  sub2/                   (no such folder)");
}

TEST_CASE("a name that is nowhere: the folders looked in, and a command with the one that was meant") {
  const CurrentFolder here;
  here.put("build/libhello.so");
  here.put("build/notes.txt");
  const auto missed = find_library({"libhelo.so", "app", false}, {"/nowhere/appserve"});
  REQUIRE_FALSE(missed);
  CHECK(code(missed.error()) == "E1001");
  CHECK(text(missed.error()) ==
        "no library 'libhelo.so'"
        "|looked in  ./                      (current folder)"
        "|           ./build/                (build folder)"
        "|           ./build/apps/           (build folder)"
        "|           /nowhere/appserve/"
        "|help: did you mean  appserve ./build/libhello.so:app ?");
}

TEST_CASE("'hello' means libhello.so, and --call stays in the command") {
  const CurrentFolder here;
  here.put("libhello.so");
  const auto missed = find_library({"hello", "create_app", true}, {});
  REQUIRE_FALSE(missed);
  REQUIRE(missed.error().help.size() == 1);
  CHECK(missed.error().help.front() == "did you mean  appserve --call ./libhello.so:create_app ?");
}

TEST_CASE("a link that leads nowhere is found: reading it says what is wrong") {
  const CurrentFolder here;
  fs::create_symlink("nowhere", here.folder / "libx.so");
  CHECK(find_library({"libx.so", "app", false}, {}) == here.folder / "libx.so");
}

TEST_CASE("a folder that is searched anyway is named once") {
  const CurrentFolder here;
  const auto missed = find_library({"libx.so", "app", false}, {".", "build", here.folder.path(), "/nowhere"});
  REQUIRE_FALSE(missed);
  CHECK(missed.error().notes.size() == 4);
}
