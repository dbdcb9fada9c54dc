#include "app/mapped_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/unique_fd.hpp"

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

TEST_CASE("a snapshot stays what it was, also when the file is cut short") {
  std::string path = "/tmp/appserve-snapshot-XXXXXX";
  const appserve::UniqueFd fd(::mkstemp(path.data()));
  std::ofstream(path) << std::string(10'000, 'a') + "end";
  const MappedFile whole = MappedFile::snapshot(fd.get(), 10'003), head = MappedFile::snapshot(fd.get(), 5),
                   more = MappedFile::snapshot(fd.get(), 20'000);
  std::ofstream(path) << "b";
  CHECK(whole.bytes() == std::string(10'000, 'a') + "end");
  CHECK(head.bytes() == "aaaaa");
  CHECK(more.bytes() == whole.bytes());
  CHECK(MappedFile::snapshot(fd.get(), 0).bytes().empty());
  CHECK(MappedFile::snapshot(-1, 5).bytes().empty());
  std::filesystem::remove(path);
}
