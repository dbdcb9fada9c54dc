#include "app/copy_place.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

using namespace appserve;

namespace {

/// A variable of the environment with another value, for a while.
class Given {
 public:
  Given(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;
  ~Given() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("a folder without room is passed over; where none has room the first one is told to be full") {
  CHECK(app::with_room({"/proc", "/tmp"}, 1) == "/tmp");  // /proc has no bytes to spare
  CHECK(app::with_room({"/nowhere", "/tmp"}, 1) == "/tmp");
  CHECK(app::with_room({"/proc", "/nowhere"}, 1) == "/proc");
  CHECK(app::with_room({"/tmp", "/var/tmp"}, 1) == "/tmp");
}

TEST_CASE("the service manager's folder comes first, then $TMPDIR while it has room") {
  const std::string own = "/appserve-" + std::to_string(::getuid());
  const Given manager("RUNTIME_DIRECTORY", "/run/appserve");
  CHECK(app::default_runtime_dir(7) == "/run/appserve");
  const Given nobody("RUNTIME_DIRECTORY", nullptr);
  const Given full("TMPDIR", "/proc");
  CHECK(app::default_runtime_dir(7) != "/proc" + own);
}
