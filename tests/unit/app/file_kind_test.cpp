#include "app/file_kind.hpp"

#include <doctest/doctest.h>

using namespace appserve::app;

TEST_CASE("a file that is no library is named for what it is") {
  CHECK(file_kind("libx.so", "").phrase == "empty");
  CHECK(file_kind("run", "#!/bin/sh\necho\n").phrase == "a script (it begins with \"#!/bin/sh\")");
  CHECK(file_kind("libx.so", "hello world\n").phrase == "a text file (it begins with \"hello world\")");
  CHECK(file_kind("libx.a", "!<arch>\nfoo").phrase == "a static library (.a)");
  CHECK(file_kind("libc.so", "/* GNU ld script\n*/").phrase == "a linker script");
  CHECK(file_kind("libc.so", "INPUT(-lc)\n").phrase == "a linker script");
  CHECK(file_kind("x.dll", std::string_view("MZ\x90\0", 4)).phrase == "a Windows program or DLL");
  CHECK(file_kind("x", std::string_view("\x01\x02\0", 3)).phrase == "not an ELF file");
}

TEST_CASE("sources are recognised, so that help can show how to build them") {
  CHECK(file_kind("hello.cpp", "int main() {}").cpp_source);
  CHECK(file_kind("hello.c", "int main() {}").c_source);
  CHECK_FALSE(file_kind("hello.so", "int main() {}").cpp_source);
}

TEST_CASE("a long first line is cut") {
  CHECK(file_kind("x", std::string(500, 'a')).phrase ==
        "a text file (it begins with \"" + std::string(60, 'a') + "\")");
}
