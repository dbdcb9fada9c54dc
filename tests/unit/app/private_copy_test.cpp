#include "app/private_copy.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;
namespace fs = std::filesystem;

namespace {

LibraryFile file_of(const std::string& path) { return *read_library(path); }

}  // namespace

TEST_CASE("the copy has the checked bytes, whatever happens to the original, and ends with its owner") {
  const Folder apps, runtime;
  write_bytes(apps / "libx.so", "checked bytes");
  const LibraryFile file = file_of(apps / "libx.so");
  write_bytes(apps / "libx.so", "later bytes");
  {
    const auto copy = PrivateCopy::make(file, "", runtime.path());
    REQUIRE(copy);
    CHECK(read_bytes(copy->path()) == "checked bytes");
    CHECK(copy->path().ends_with("/libx.so"));
    struct stat info{};
    REQUIRE(::stat(copy->path().c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0500);
    REQUIRE(::stat(fs::path(copy->path()).parent_path().c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
  }
  CHECK(runtime.empty());
}

TEST_CASE("libraries beside the original are beside the copy") {
  const Folder apps, runtime;
  write_bytes(apps / "libx.so", "x");
  write_bytes(apps / "libdep.so.1", "dep");
  write_bytes(apps / "secret.txt", "no library");
  const auto copy = PrivateCopy::make(file_of(apps / "libx.so"), "", runtime.path());
  REQUIRE(copy);
  const fs::path folder = fs::path(copy->path()).parent_path();
  CHECK(read_bytes(folder / "libdep.so.1") == "dep");
  CHECK_FALSE(fs::exists(folder / "secret.txt"));
}

TEST_CASE("a search path that climbs out of $ORIGIN still leads to the same folders") {
  const Folder apps, runtime;
  fs::create_directories(apps / "bin/deps");
  fs::create_directories(apps / "lib");
  write_bytes(apps / "bin/libx.so", "x");
  write_bytes(apps / "bin/deps/libone.so", "one");
  write_bytes(apps / "lib/libtwo.so", "two");
  const auto copy = PrivateCopy::make(file_of(apps / "bin/libx.so"), "/usr/lib:$ORIGIN/deps:${ORIGIN}/../lib:$ORIGIN",
                                      runtime.path());
  REQUIRE(copy);
  const fs::path folder = fs::path(copy->path()).parent_path();
  CHECK(read_bytes(folder / "deps/libone.so") == "one");
  CHECK(read_bytes(folder / "../lib/libtwo.so") == "two");
}

TEST_CASE("the runtime folder is made when missing") {
  const Folder folder;
  write_bytes(folder / "libx.so", "x");
  CHECK(PrivateCopy::make(file_of(folder / "libx.so"), "", folder / "run/appserve"));
}

TEST_CASE("E4008: a folder that cannot hold copies") {
  const Folder folder;
  write_bytes(folder / "libx.so", "x");
  write_bytes(folder / "file", "x");
  const auto copy = PrivateCopy::make(file_of(folder / "libx.so"), "", folder / "file");
  REQUIRE_FALSE(copy);
  CHECK(code(copy.error()) == "E4008");
  CHECK(copy.error().what.starts_with("the folder " + folder / "file" + " cannot hold copies of libraries: "));
}

TEST_CASE("E4008: a folder where somebody else could swap the copy; a sticky one is good") {
  const Folder folder;
  write_bytes(folder / "libx.so", "x");
  const std::string runtime = folder / "run";
  fs::create_directory(runtime);
  REQUIRE(::chmod(runtime.c_str(), 0777) == 0);
  const auto open = PrivateCopy::make(file_of(folder / "libx.so"), "", runtime);
  REQUIRE_FALSE(open);
  CHECK(open.error().what == "the folder " + runtime + " cannot hold copies of libraries: others may write there");
  REQUIRE(::chmod(runtime.c_str(), 01777) == 0);
  CHECK(PrivateCopy::make(file_of(folder / "libx.so"), "", runtime));
}

TEST_CASE("what a killed server left is swept by the next, what a living one has is not") {
  const Folder folder, runtime;
  write_bytes(folder / "libx.so", "x");
  const LibraryFile file = file_of(folder / "libx.so");
  const auto living = PrivateCopy::make(file, "", runtime.path());
  REQUIRE(living);

  const pid_t child = ::fork();
  if (child == 0) {  // ends without any destructor
    const auto copy = PrivateCopy::make(file, "", runtime.path());
    ::_exit(copy ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  const auto count = [&] { return std::distance(fs::directory_iterator(runtime.path()), {}); };
  CHECK(count() == 2);

  write_bytes(runtime / "somebody-elses", "x");
  const auto next = PrivateCopy::make(file, "", runtime.path());
  REQUIRE(next);
  CHECK(count() == 3);  // the living one's, this one's and the strange file
  CHECK(fs::exists(living->path()));
  CHECK(fs::exists(runtime / "somebody-elses"));
}
