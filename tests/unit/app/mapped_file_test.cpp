#include "app/mapped_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using appserve::app::MappedFile;

TEST_CASE("a file's bytes; nothing of what is no file, or is not there") {
  std::string folder = "/tmp/appserve-mapped-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  std::ofstream(folder + "/some") << "some bytes";
  std::ofstream(folder + "/none").flush();
  REQUIRE(::mkfifo((folder + "/fifo").c_str(), 0600) == 0);
  MappedFile file(folder + "/some");
  CHECK(file.bytes() == "some bytes");
  const MappedFile moved = std::move(file);
  CHECK(moved.bytes() == "some bytes");
  for (const char* name : {"/none", "/fifo", "", "/absent"}) CHECK(MappedFile(folder + name).bytes().empty());
  std::filesystem::remove_all(folder);
}
