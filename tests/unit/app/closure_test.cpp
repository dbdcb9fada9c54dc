#include "app/closure.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

struct Opened {
  LibraryFile file;
  ElfFile elf;
  Closure closure;

  explicit Opened(const std::string& path)
      : file(*read_library(path)), elf(*read_elf(file.bytes)), closure(file, elf, LoaderSearch()) {}
};

std::string problems_of(const std::string& path) {
  std::string out;
  for (const Error& error : Opened(path).closure.problems()) out += code(error) + ": " + text(error) + "\n";
  return out;
}

}  // namespace

TEST_CASE("a library with everything it needs has no problems") {
  CHECK(problems_of(fixture("hello")).empty());
  CHECK(problems_of(fixture("throws")).empty());
  const Opened opened(fixture("throws"));
  CHECK(std::ranges::any_of(opened.closure.members(), [](const auto& m) { return m->name == "libstdc++.so.6"; }));
  CHECK(std::ranges::any_of(opened.closure.members(), [](const auto& m) { return m->name == "libc.so.6"; }));
}

TEST_CASE("E1014: a missing library, and what to install") {
  CHECK(problems_of(fixture("needs_absent")) ==
        "E1014: libneeds_absent.so needs libabsent.so, which is not installed|help: copy it next to libneeds_absent.so "
        "and "
        "link with  -Wl,-rpath,'$ORIGIN'\n");
}

TEST_CASE("E1014: a library that a needed library needs is told with the way to it") {
  CHECK(problems_of(fixture("needs_chain")) ==
        "E1014: libneeds_chain.so needs libabsent.so, which is not installed|libabsent.so   needed by  "
        "libneeds_chain.so -> "
        "libmiddle.so|help: copy it next to libneeds_chain.so and link with  -Wl,-rpath,'$ORIGIN'\n");
}

TEST_CASE("E1014: all missing libraries at once, with Debian's packages") {
  const Folder folder;
  const std::string bytes = read_bytes(fixture("needs_chain"));
  write_bytes(folder / "libgame.so",
              replaced(replaced(bytes, "libmiddle.so", "libq5.so.5.1"), "libc.so.6", "libD.so.7"));
  CHECK(problems_of(folder / "libgame.so")
            .starts_with(
                "E1014: libgame.so needs 2 libraries that are not installed|libq5.so.5.1   needed by  "
                "libgame.so|libD.so.7   needed by "
                " libgame.so|help: apt install libq5-5.1 libd7|help: or copy it next to libgame.so and link with"));
}

TEST_CASE("$ORIGIN paths are followed") { CHECK(problems_of(fixture("needs_climbing")).empty()); }

TEST_CASE("E1015: a newer C++ library, with the compilers behind the numbers") {
  const Folder folder;
  const std::string bytes = read_bytes(fixture("throws"));
  write_bytes(folder / "libgame.so", replaced(bytes, "GLIBCXX_3.4.21", "GLIBCXX_3.4.99"));
  const std::string problems = problems_of(folder / "libgame.so");
  CHECK(problems.starts_with("E1015: libgame.so needs GLIBCXX_3.4.99; this host offers 3.4."));
  CHECK(problems.find("(libstdc++ of gcc ") != std::string::npos);
  CHECK(
      problems.ends_with("|it was built on a newer distribution|help: build it on this distribution, or link it with  "
                         "-static-libstdc++\n"));
}

TEST_CASE("E1015: a newer C library") {
  const Folder folder;
  write_bytes(folder / "libgame.so", replaced(read_bytes(fixture("throws")), "GLIBC_2.", "GLIBC_9."));
  const std::string problems = problems_of(folder / "libgame.so");
  CHECK(problems.starts_with("E1015: libgame.so needs GLIBC_9."));
  CHECK(problems.find("; this host offers 2.") != std::string::npos);
  CHECK(problems.find("static-libstdc++") == std::string::npos);
}

TEST_CASE("symbols that nobody defines are all found; those of the C library are not among them") {
  const Opened opened(fixture("undefined"));
  CHECK(opened.closure.undefined() == std::vector<std::string>{"_ZN5redis4pool3getEv", "plain_missing"});
  CHECK(Opened(fixture("moody")).closure.undefined().empty());
  CHECK(Opened(fixture("throws")).closure.undefined().empty());
}
