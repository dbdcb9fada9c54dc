#include "supervisor/obituary.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

using namespace appserve;
using namespace appserve::supervisor;
namespace fs = std::filesystem;

namespace {

constexpr int exited(int code) { return code << 8; }
const std::vector<std::string> kApps{"libone.so", "libtwo.so"};

}  // namespace

TEST_CASE("the app named in the last words is to blame") {
  CHECK(culprit(SIGSEGV, "in libtwo.so: move(), called by libone.so", kApps) == 1);
  CHECK(culprit(SIGABRT, "libone.so: terminate", kApps) == 0);
  CHECK_FALSE(culprit(SIGSEGV, "somewhere else", kApps));
}

TEST_CASE("an app that is alone is to blame for what code does, not for what others do to its worker") {
  CHECK(culprit(SIGSEGV, "", {"libone.so"}) == 0);
  CHECK(culprit(exited(3), "", {"libone.so"}) == 0);
  CHECK_FALSE(culprit(SIGKILL, "", {"libone.so"}));
  CHECK_FALSE(culprit(SIGTERM, "libone.so", {"libone.so"}));
}

TEST_CASE("last words are kept for their owner only, the newest few of them") {
  std::string folder = "/tmp/appserve-test-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  Log log(Log::Level::error);
  Plan plan;
  plan.runtime_dir = folder;
  const Obituary obituary(log);
  for (pid_t pid = 1000; pid < 1030; ++pid) obituary.write({0, pid, SIGSEGV, "in libone.so\nat line 1\n"}, plan);
  obituary.write({0, 2000, SIGKILL, ""}, plan);
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 20);
  for (const auto& entry : fs::directory_iterator(folder)) {
    struct stat status{};
    REQUIRE(::stat(entry.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(status.st_size == 23);
  }
  fs::remove_all(folder);
}
