#include "app/library_file.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/unique_fd.hpp"
#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

std::string refused(const std::string& path) {
  const auto file = read_library(path);
  return file ? "accepted" : code(file.error()) + ": " + file.error().what;
}

}  // namespace

TEST_CASE("an ELF file is read whole") {
  const auto file = read_library(fixture("hello"));
  REQUIRE(file);
  CHECK(file->bytes == read_bytes(fixture("hello")));
  CHECK(file->name() == "libhello.so");
}

TEST_CASE("of any other file only the beginning is read") {
  const Folder folder;
  write_bytes(folder / "big.txt", std::string(1 << 20, 'x'));
  CHECK(read_library(folder / "big.txt")->bytes.size() == 4096);
  CHECK(std::filesystem::file_size(folder / "big.txt") == 1 << 20);
}

TEST_CASE("what is no regular file is refused at once, a named pipe too") {
  const Folder folder;
  REQUIRE(::mkfifo((folder / "libpipe.so").c_str(), 0600) == 0);
  CHECK(refused(folder / "libpipe.so") == "E1004: libpipe.so is a named pipe, not a library");
  CHECK(refused(folder.path()).find("is a folder, not a library") != std::string::npos);
  CHECK(refused("/dev/null") == "E1004: null is a device, not a library");

  const UniqueFd server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (folder / "libs.so").c_str(), sizeof(address.sun_path) - 1);
  REQUIRE(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  CHECK(refused(folder / "libs.so") == "E1004: libs.so is a socket, not a library");
}

TEST_CASE("a link that leads nowhere, or in a circle, is no library") {
  const Folder folder;
  std::filesystem::create_symlink("nowhere", folder / "a.so");
  std::filesystem::create_symlink("c.so", folder / "b.so");
  std::filesystem::create_symlink("b.so", folder / "c.so");
  CHECK(refused(folder / "a.so") == "E1001: " + folder / "a.so" + " is a link that leads nowhere");
  CHECK(refused(folder / "b.so") == "E1001: " + folder / "b.so" + " is a link that leads nowhere");
}

// Root reads everything, so it looks as nobody.
struct AsNobody {
  bool changed = ::geteuid() == 0 && ::seteuid(65534) == 0;
  ~AsNobody() {
    if (changed) CHECK(::seteuid(0) == 0);
  }
};

TEST_CASE("an unreadable file: what denies it, to whom, and what helps") {
  const Folder folder;
  write_bytes(folder / "libx.so", "x");
  ::chmod((folder / "libx.so").c_str(), 0200);
  ::chmod(folder.path().c_str(), 0755);
  const std::string owner = std::to_string(::geteuid());
  {
    const AsNobody nobody;
    const auto file = read_library(folder / "libx.so");
    REQUIRE_FALSE(file);
    CHECK(code(file.error()) == "E1003");
    CHECK(text(file.error()) == "libx.so is not readable: Permission denied|" + folder / "libx.so" +
                                    " has mode 0200 and belongs to uid " + owner + "; this server runs as uid " +
                                    std::to_string(::geteuid()) + "|help: chmod a+r " + folder / "libx.so");
  }
  ::chmod(folder.path().c_str(), 0600);
  {
    const AsNobody nobody;
    const auto file = read_library(folder / "libx.so");
    REQUIRE_FALSE(file);
    REQUIRE(file.error().help.size() == 1);
    CHECK(file.error().help.front() == "chmod a+x " + folder.path());
  }
  ::chmod(folder.path().c_str(), 0700);
}

TEST_CASE("a huge sparse file that begins like ELF is refused without being read") {
  const Folder folder;
  write_bytes(folder / "libx.so", read_bytes(fixture("hello")));
  std::filesystem::resize_file(folder / "libx.so", std::uintmax_t{1} << 40);
  CHECK(refused(folder / "libx.so") == "E1005: libx.so is larger than 2 GiB: not an app");
}
