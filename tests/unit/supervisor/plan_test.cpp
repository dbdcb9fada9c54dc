#include "supervisor/plan.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace appserve::supervisor;

namespace {

OwnedPath owned(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return {path, status.st_dev, status.st_ino};
}

}  // namespace

TEST_CASE("a path ends with its last owner, unless another file stands there by now") {
  std::string folder = "/tmp/appserve-test-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string path = folder + "/s";
  std::ofstream(path) << "x";
  OwnedPath last;
  {
    OwnedPath first = owned(path);
    last = std::move(first);
  }
  CHECK(std::filesystem::exists(path));
  last = {};
  CHECK_FALSE(std::filesystem::exists(path));

  std::ofstream(path) << "x";
  OwnedPath replaced = owned(path);
  std::ofstream(folder + "/other") << "y";
  std::filesystem::rename(folder + "/other", path);
  replaced = {};
  CHECK(std::filesystem::exists(path));
  std::filesystem::remove_all(folder);
}
