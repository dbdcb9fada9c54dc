#include "net/bound_socket.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

using namespace appserve;
using net::BoundSocket;
using net::Endpoint;

namespace {

struct Folder {
  std::string path = [] {
    char name[] = "/tmp/appserve-test-XXXXXX";
    return std::string(::mkdtemp(name));
  }();
  ~Folder() { std::filesystem::remove_all(path); }
  Folder() = default;
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

int number(const Error& error) { return error.fault->number; }

}  // namespace

TEST_CASE("port 0 takes one free port for all loops and tells which") {
  Errors notes;
  auto bound = BoundSocket::bind({.host = "127.0.0.1", .port = 0}, 3, notes);
  REQUIRE(bound);
  REQUIRE(bound->size() == 1);
  BoundSocket& socket = bound->front();
  CHECK(socket.endpoint().port != 0);
  CHECK(to_string(socket.endpoint()) == "127.0.0.1:" + std::to_string(socket.endpoint().port));
  CHECK(socket.listen(16));
  CHECK_FALSE(socket.shared());
  CHECK(socket.take().size() == 3);
}

TEST_CASE("a port another server shares out with SO_REUSEPORT is taken all the same, and its holder is named") {
  Errors notes;
  auto first = BoundSocket::bind({.host = "127.0.0.1", .port = 0}, 2, notes);
  REQUIRE(first);
  REQUIRE(first->front().listen(16));
  const Endpoint same = first->front().endpoint();
  const auto second = BoundSocket::bind(same, 2, notes);
  REQUIRE_FALSE(second);
  CHECK(number(second.error()) == 4001);
  CHECK(second.error().what.find("in use by unit_net (pid " + std::to_string(::getpid()) + ")") != std::string::npos);
}

TEST_CASE("trying an address takes nothing away and leaves nothing") {
  const Folder folder;
  const std::string path = folder.path + "/x.sock";
  const Endpoint unix_path{.kind = Endpoint::Kind::unix_path, .path = path};
  CHECK(BoundSocket::try_bind(unix_path));
  CHECK_FALSE(std::filesystem::exists(path));
  std::ofstream(path) << "mine";
  const auto refused = BoundSocket::try_bind(unix_path);
  REQUIRE_FALSE(refused);
  CHECK(number(refused.error()) == 4006);
  CHECK(std::filesystem::is_regular_file(path));
}

TEST_CASE("an address that is not this machine's is E4003") {
  Errors notes;
  const auto bound = BoundSocket::bind({.host = "192.0.2.1", .port = 0}, 1, notes);
  REQUIRE_FALSE(bound);
  CHECK(number(bound.error()) == 4003);
}

TEST_CASE("a unix socket has its mode, replaces a stale one, never a live one or a file, and is removed at the end") {
  const Folder folder;
  const std::string path = folder.path + "/s";
  const Endpoint endpoint{.kind = Endpoint::Kind::unix_path, .path = path, .mode = 0660};
  Errors notes;
  {
    auto bound = BoundSocket::bind(endpoint, 2, notes);
    REQUIRE(bound);
    REQUIRE(bound->front().listen(4));
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0660);
    const auto thief = BoundSocket::bind(endpoint, 1, notes);
    REQUIRE_FALSE(thief);
    CHECK(number(thief.error()) == 4005);
    CHECK(bound->front().shared());
    CHECK(bound->front().take().size() == 1);
  }
  CHECK_FALSE(std::filesystem::exists(path));

  {  // a server that was killed leaves its socket behind
    const UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(notes.empty());
  CHECK(BoundSocket::bind(endpoint, 1, notes));
  REQUIRE(notes.size() == 1);
  CHECK(number(notes.front()) == 4005);

  std::ofstream(path) << "precious";
  const auto file = BoundSocket::bind(endpoint, 1, notes);
  REQUIRE_FALSE(file);
  CHECK(number(file.error()) == 4006);
  CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("a socket path that cannot be made says so before anything is bound") {
  Errors notes;
  const auto missing = BoundSocket::bind({.kind = Endpoint::Kind::unix_path, .path = "/nowhere/at/all.sock"}, 1, notes);
  REQUIRE_FALSE(missing);
  CHECK(number(missing.error()) == 4008);
  const auto longer =
      BoundSocket::bind({.kind = Endpoint::Kind::unix_path, .path = "/tmp/" + std::string(108, 'x')}, 1, notes);
  REQUIRE_FALSE(longer);
  CHECK(number(longer.error()) == 4007);
}

TEST_CASE("more sockets join an address that is ours") {
  Errors notes;
  auto bound = BoundSocket::bind({.host = "127.0.0.1", .port = 0}, 1, notes);
  REQUIRE(bound);
  REQUIRE(bound->front().listen(16));
  const auto more = BoundSocket::more(bound->front().endpoint(), 2);
  REQUIRE(more);
  CHECK(more->size() == 2);
}
