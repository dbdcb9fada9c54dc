#include "dev/project.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "unit/dev/answer.hpp"

using namespace appserve::dev;

TEST_CASE("a failed build is told in the compiler's words") {
  CHECK(without_progress("[1/2] Building CXX object a.o\nFAILED: a.o \n/usr/bin/c++ -c a.cpp\na.cpp:1:1: error: no\n"
                         "    1 | x\nninja: build stopped: subcommand failed.\n") ==
        "a.cpp:1:1: error: no\n    1 | x\n");
  CHECK(without_progress("[ 50%] Building\na.cpp:1:1: error: no\ngmake[2]: *** [a] Error 1\nmake: *** x\n") ==
        "a.cpp:1:1: error: no\nmake: *** x\n");
}

TEST_CASE("how far a build is, is its newest whole line of progress") {
  CHECK(progress_in("").empty());
  CHECK(progress_in("-- Configuring\n").empty());
  CHECK(progress_in("[1/3] Building a").empty());
  CHECK(progress_in("[1/3] Building a\n") == "[1/3] Building a");
  CHECK(progress_in("-- Configuring\n[1/3] Building a\na.cpp:1: warning: x\n[2/3] Buil") == "[1/3] Building a");
  CHECK(progress_in("[1/3] Building a\n[ 66%] Building b\nwarning\n") == "[ 66%] Building b");
}

TEST_CASE("what is not known as progress is kept when there is nothing else") {
  CHECK(without_progress("ninja: error: loading 'build.ninja'\n") == "ninja: error: loading 'build.ninja'\n");
}

TEST_CASE("an app of one source file is built by the compiler that its language has, and needs no project") {
  Project project({{"build/liba.so", "a.cpp"}, {"build/libb.so", "sub/b.c"}});
  CHECK(project.is_here());
  const std::vector<std::string> step = project.next_step();
  CHECK(std::vector(step.begin() + 4, step.end()) ==
        std::vector<std::string>{"a.cpp", "build/liba.so", "sub/b.c", "build/libb.so"});
  CHECK(step[2].find("*.c) compiler=${CC:-cc} sdk=appserve-c") != std::string::npos);
  CHECK(project.step_done());
}

TEST_CASE("a library that was built anew has another mark") {
  const test::Folder folder;
  const std::string library = folder.path + "/libx.so";
  const Project project({{library}});
  const std::string none = project.mark();
  std::ofstream(library) << "x";
  const std::string one = project.mark();
  CHECK(one != none);
  CHECK(project.mark() == one);
  std::filesystem::last_write_time(library, std::filesystem::last_write_time(library) + std::chrono::seconds(1));
  CHECK(project.mark() != one);
}
