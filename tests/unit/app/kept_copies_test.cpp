#include "app/kept_copies.hpp"

#include <doctest/doctest.h>

#include "unit/app/fixtures.hpp"

using namespace appserve::app;
using namespace appserve::app::test;

TEST_CASE("what was remembered is found by the name it was asked for, with the copy's bytes") {
  const Folder folder;
  const KeptCopies kept(folder.path());
  CHECK_FALSE(kept.find("libx.so"));

  LibraryFile file;
  file.path = "/apps/libx.so";
  file.device = 7;
  file.inode = 1234567890123;
  file.changed = {1700000000, 5};
  file.owner = 1000;
  file.mode = 0100755;
  write_bytes(folder / "copy", "bytes of the copy");
  kept.remember("./other.so", file, folder / "nowhere");
  kept.remember("libx.so", file, folder / "copy");

  const auto found = KeptCopies(folder.path()).find("libx.so");
  REQUIRE(found);
  CHECK(found->path == "/apps/libx.so");
  CHECK(found->bytes == "bytes of the copy");
  CHECK(found->copy == folder / "copy");
  CHECK(found->device == 7);
  CHECK(found->inode == 1234567890123);
  CHECK(found->changed.tv_sec == 1700000000);
  CHECK(found->changed.tv_nsec == 5);
  CHECK(found->owner == 1000);
  CHECK(found->mode == 0100755);
  CHECK_FALSE(kept.find("./other.so"));  // its copy is gone: look for the file again
}
