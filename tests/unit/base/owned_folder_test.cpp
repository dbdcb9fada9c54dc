#include "base/owned_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

using namespace appserve;
namespace fs = std::filesystem;

namespace {

struct Parent {
  std::string path = "/tmp/appserve-test-XXXXXX";
  Parent() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  Parent(const Parent&) = delete;
  Parent& operator=(const Parent&) = delete;
  ~Parent() { fs::remove_all(path); }
  std::ptrdiff_t count() const { return std::distance(fs::directory_iterator(path), {}); }
};

}  // namespace

TEST_CASE("a folder of our own is private and ends with its owner") {
  const Parent parent;
  {
    const auto folder = OwnedFolder::make(parent.path);
    REQUIRE(folder);
    struct stat info{};
    REQUIRE(::stat(folder->path().c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
  }
  CHECK(parent.count() == 0);
}

TEST_CASE("a folder whose owner was killed is swept by the next one, another's is not") {
  const Parent parent;
  const auto living = OwnedFolder::make(parent.path);
  auto dead = OwnedFolder::make(parent.path);
  REQUIRE((living && dead));
  const std::string left = dead->path();
  OwnedFolder::adopt({}, UniqueFd(dead->lock()));  // closes the lock, as the kernel does for the dead
  const auto next = OwnedFolder::make(parent.path);
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(living->path()));
}

TEST_CASE("a folder that was taken over ends with the new owner") {
  const Parent parent;
  auto made = OwnedFolder::make(parent.path);
  REQUIRE(made);
  const std::string path = made->path();
  OwnedFolder second = *std::move(made);
  CHECK(fs::exists(path));
  second = {};
  CHECK(parent.count() == 0);
}
