#include "app/shared_library.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "unit/app/fixtures.hpp"
#include "unit/app/stderr_capture.hpp"

using namespace appserve::app;
using namespace appserve::app::test;

namespace {

// Opens a library in a process of its own; its exit code and what it wrote.
std::pair<int, std::string> opened_elsewhere(const std::string& path) {
  StderrCapture captured;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto library = SharedLibrary::open(path);
    ::_exit(library ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), captured.text()};
}

}  // namespace

TEST_CASE("a library is opened and its symbols are found") {
  const auto library = SharedLibrary::open(fixture("no_note"));
  REQUIRE(library);
  CHECK(library->find("answer") != nullptr);
  CHECK(library->find("question") == nullptr);
}

TEST_CASE("its symbols are nobody else's") {
  REQUIRE(SharedLibrary::open(fixture("no_note")));
  const auto other = SharedLibrary::open(fixture("hello"));
  REQUIRE(other);
  CHECK(other->find("answer") == nullptr);
}

TEST_CASE("E2001: a static initialiser that throws ends the process with type and text") {
  const auto [exit, words] = opened_elsewhere(fixture("throws"));
  CHECK(exit == 70);
  CHECK(words == "error[E2001]: a static initialiser of libthrows.so threw std::runtime_error: no database\n");
  CHECK(opened_elsewhere(fixture("throws_int")).second ==
        "error[E2001]: a static initialiser of libthrows_int.so threw a value of type int\n");
}

TEST_CASE("what is not there is the loader's failure, in its words") {
  const auto missing = SharedLibrary::open("/nowhere/libx.so");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().find("/nowhere/libx.so") != std::string::npos);
}
