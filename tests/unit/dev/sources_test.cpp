#include "dev/sources.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "unit/dev/answer.hpp"

using namespace appserve::dev;
namespace fs = std::filesystem;
using Paths = std::set<std::string>;

namespace {

void save(const fs::path& file) { std::ofstream(file) << "x"; }

}  // namespace

TEST_CASE("what is saved is told by its path, in folders and new folders, too") {
  const test::Folder folder;
  const fs::path root = folder.path;
  fs::create_directories(root / "src/deep");
  Sources sources(root, "build");
  CHECK(sources.changed().empty());
  save(root / "CMakeLists.txt");
  save(root / "src/deep/a.cpp");
  CHECK(sources.changed() == Paths{"CMakeLists.txt", "src/deep/a.cpp"});
  fs::create_directory(root / "static");
  CHECK(sources.changed().empty());
  save(root / "static/index.html");
  CHECK(sources.changed() == Paths{"static/index.html"});
}

TEST_CASE("a file that another one replaces, as editors save, has changed") {
  const test::Folder folder;
  const fs::path root = folder.path;
  save(root / "a.cpp");
  Sources sources(root, "build");
  save(root / ".a.cpp.swp");
  fs::rename(root / ".a.cpp.swp", root / "a.cpp");
  CHECK(sources.changed() == Paths{"a.cpp"});
}

TEST_CASE("builds, hidden folders, what editors leave beside and what apps write are no changes") {
  const test::Folder folder;
  const fs::path root = folder.path;
  fs::create_directories(root / "build/x");
  fs::create_directories(root / ".git");
  Sources sources(root, "build");
  for (const char* name : {"build/x/a.o", "build/liba.so", ".git/index", "a.cpp~", ".a.cpp.swp", "4913", "#a.cpp#",
                           "games.db", "games.db-wal", "access.log"})
    save(root / name);
  CHECK(sources.changed().empty());
}
