#include "supervisor/watch.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace appserve;
using namespace appserve::supervisor;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("a change is told once, when the file has rested; another file's is not") {
  std::string folder = "/tmp/appserve-test-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string file = folder + "/libx.so";
  std::ofstream(file) << "one";
  Watch watch;
  watch.files({file, folder + "/config.toml"});
  const Time now{100s};

  std::ofstream(folder + "/other") << "x";
  watch.look(now);
  CHECK_FALSE(watch.next_look());

  std::ofstream(file) << "two";
  watch.look(now);
  CHECK_FALSE(watch.changed(now));
  REQUIRE(watch.next_look());
  CHECK(watch.changed(*watch.next_look()));
  CHECK_FALSE(watch.changed(now + 60s));

  std::ofstream(folder + "/new") << "three";
  fs::rename(folder + "/new", file);
  watch.look(now);
  CHECK(watch.next_look());

  watch.files({});
  std::ofstream(file) << "four";
  watch.look(now);
  CHECK_FALSE(watch.next_look());
  fs::remove_all(folder);
}
