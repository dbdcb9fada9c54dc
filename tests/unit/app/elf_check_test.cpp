#include "app/elf_check.hpp"

#include <doctest/doctest.h>
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

std::string checked(const LibraryFile& file) {
  const auto result = check_library(file);
  return result ? "good" : code(result.error()) + ": " + text(result.error());
}

std::string checked_file(const std::string& path) {
  const auto file = read_library(path);
  return file ? checked(*file) : text(file.error());
}

std::string checked_bytes(const std::string& bytes, const std::string& name = "libgame.so") {
  LibraryFile file;
  file.path = "/apps/" + name;
  file.bytes = bytes;
  return checked(file);
}

std::string patched(std::size_t offset, unsigned char byte) {
  std::string bytes = read_bytes(fixture("hello"));
  bytes[offset] = static_cast<char>(byte);
  return checked_bytes(bytes);
}

}  // namespace

TEST_CASE("an app is good, also when it was built with a newer minor that it does not need") {
  CHECK(checked_file(fixture("hello")) == "good");
  CHECK(checked_file(fixture("newer_but_content")) == "good");
  CHECK(checked_file(fixture("cpp_factory")) == "good");
}

TEST_CASE("E1005: what is no ELF file is named for what it is") {
  CHECK(checked_bytes("") == "E1005: libgame.so is empty, not a shared library");
  CHECK(checked_bytes("#!/bin/sh\n") ==
        "E1005: libgame.so is a script (it begins with \"#!/bin/sh\"), not a shared library");
  CHECK(checked_bytes("\x01\x02") == "E1005: libgame.so is not an ELF file");
  CHECK(checked_bytes("int x;\n", "hello.cpp") ==
        "E1005: hello.cpp is a C++ source file, not a library|help: build it:  c++ hello.cpp "
        "$(pkg-config --cflags --libs appserve) -o libhello.so");
  CHECK(checked_bytes("int x;\n", "hello.c")
            .ends_with("cc hello.c $(pkg-config --cflags --libs appserve-c) -o libhello.so"));
}

TEST_CASE("E1006: a truncated file says what is missing") {
  const std::string bytes = read_bytes(fixture("hello"));
  CHECK(checked_bytes(bytes.substr(0, 10)) == "E1006: libgame.so is truncated: its header is cut off");
  CHECK(checked_bytes(bytes.substr(0, 63)) == "E1006: libgame.so is truncated: its header is cut off");
  const std::string half = checked_bytes(bytes.substr(0, bytes.size() / 2));
  CHECK(half == "E1006: libgame.so is truncated: " + std::to_string(bytes.size() / 2) +
                    " bytes, the section table ends at " + std::to_string(bytes.size()) +
                    "; is the copy still running?");
}

TEST_CASE("E1007: other machines, word sizes and byte orders") {
#if defined(__x86_64__)
  CHECK(
      patched(18, EM_AARCH64) ==
      "E1007: libgame.so is built for aarch64; this host is x86-64|help: docker buildx build --platform linux/amd64 .");
  CHECK(patched(18, EM_386).starts_with("E1007: libgame.so is built for i386; this host is x86-64"));
  CHECK(patched(EI_CLASS, ELFCLASS32).starts_with("E1007: libgame.so is built for x32"));
#endif
  CHECK(patched(19, 0x77).starts_with("E1007: libgame.so is built for machine "));
}

TEST_CASE("E1008: object files, executables and core dumps") {
  CHECK(checked_file(FIXTURE_OBJECT).find("is an object file, not a shared library|help: link it with  -shared") !=
        std::string::npos);
  CHECK(checked_file("/proc/self/exe").starts_with("E1008: exe is an executable, not a shared library"));
  CHECK(patched(16, ET_EXEC).starts_with("E1008: libgame.so is an executable, not a shared library"));
  CHECK(patched(16, ET_CORE).starts_with("E1008: libgame.so is a core dump, not a shared library"));
}

TEST_CASE("E1009: a library that is no app") {
  CHECK(checked_file(fixture("no_note")) ==
        "E1009: libno_note.so is a shared library, but not an appserve app (no .note.appserve)|help: build it with  "
        "appserve_add_app()  or  $(pkg-config --cflags --libs appserve)");
}

TEST_CASE("E1010, E1011: an ABI this server does not have") {
  CHECK(checked_file(fixture("wrong_major"))
            .starts_with("E1010: libwrong_major.so was built for appserve ABI 2.0; this server has ABI 1.1 ("));
  CHECK(checked_file(fixture("wrong_major")).find("|nothing of the library has been run|") != std::string::npos);
  CHECK(checked_file(fixture("newer_minor"))
            .starts_with("E1011: libnewer_minor.so needs appserve ABI 1.5 or newer; this server has ABI 1.1 ("));
}

#if !defined(__SANITIZE_THREAD__)
TEST_CASE("E1013: a sanitizer that this server was not built with") {
  CHECK(checked_file(fixture("sanitized")) ==
        "E1013: libsanitized.so was built with -fsanitize=thread|help: rebuild it without -fsanitize=thread");
}
#endif

namespace {

// All warnings about a file, one a line; not that it belongs to somebody else, as it does in some containers.
std::string warnings_of(const std::string& path) {
  auto file = read_library(path);
  REQUIRE(file);
  const auto result = check_library(*file);
  REQUIRE(result);
  file->owner = ::geteuid();
  std::string out;
  for (const Error& warning : warnings_about(*file, result->elf)) out += code(warning) + ": " + text(warning) + "\n";
  return out;
}

}  // namespace

TEST_CASE("W1018: an executable stack and files that others may change") {
  const Folder folder;
  const std::string library = folder / "libhello.so";
  std::filesystem::copy_file(fixture("executable_stack"), library);
  ::chmod(library.c_str(), 0755);
  CHECK(warnings_of(library) ==
        "W1018: libhello.so wants an executable stack|help: link it with  -Wl,-z,noexecstack\n");

  std::filesystem::remove(library);
  std::filesystem::copy_file(fixture("hello"), library);
  ::chmod(library.c_str(), 0755);
  CHECK(warnings_of(library).empty());
  ::chmod(library.c_str(), 0757);
  CHECK(warnings_of(library) == "W1018: everybody may write " + library + "|help: chmod o-w " + library + "\n");
  ::chmod(library.c_str(), 0755);
  ::chmod(folder.path().c_str(), 0777);
  CHECK(warnings_of(library) ==
        "W1018: everybody may replace files in " + folder.path() + "/|help: chmod o-w " + folder.path() + "/\n");
}

TEST_CASE("W1018: under root, a library that belongs to somebody else") {
  if (::geteuid() != 0) return;
  auto file = read_library(fixture("hello"));
  const auto result = check_library(*file);
  REQUIRE(result);
  file->owner = 1234;
  const auto warnings = warnings_about(*file, result->elf);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings.front().what == fixture("hello") + " belongs to uid 1234, and this server runs as root");
}

#if defined(__GNUC__) && !defined(__clang__)
TEST_CASE("W1027: unique symbols are shared between apps") {
  CHECK(warnings_of(fixture("cpp_factory")) ==
        "W1027: libcpp_factory.so shares 1 unique symbol with every other library that has it|help: "
        "build "
        "it with appserve_add_app(), or with  -fno-gnu-unique  and a version script\n");
}
#endif
