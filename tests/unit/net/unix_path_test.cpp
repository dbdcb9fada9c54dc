#include "net/unix_path.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

using namespace appserve;
using net::Endpoint;
using net::take_unix_path;

namespace {

class Place {
 public:
  Place() {
    char name[] = "/tmp/appserve-test-XXXXXX";
    folder_ = ::mkdtemp(name);
    address_.sun_family = AF_UNIX;
    const std::string path = folder_ + "/s";
    std::memcpy(address_.sun_path, path.data(), path.size());
  }
  ~Place() { std::filesystem::remove_all(folder_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Endpoint endpoint(unsigned mode = 0600) const {
    return {.kind = Endpoint::Kind::unix_path, .path = address_.sun_path, .mode = mode};
  }
  bool connects() const {
    const UniqueFd client(::socket(AF_UNIX, SOCK_STREAM, 0));
    return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0;
  }
  UniqueFd bound(int type = SOCK_STREAM) const {
    UniqueFd fd(::socket(AF_UNIX, type, 0));
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0);
    return fd;
  }
  struct stat status() const {
    struct stat status{};
    REQUIRE(::lstat(address_.sun_path, &status) == 0);
    return status;
  }

 private:
  std::string folder_;
  sockaddr_un address_{};
};

}  // namespace

TEST_CASE("a unix socket has its mode when somebody can connect, and clients wait until they are accepted") {
  const Place place;
  Errors notes;
  const auto fd = take_unix_path(place.endpoint(0620), notes);
  REQUIRE(fd);
  CHECK((place.status().st_mode & 0777) == 0620);
  CHECK(place.connects());
}

TEST_CASE("the path of a server that is still starting is not stale") {
  const Place place;
  Errors notes;
  const auto first = take_unix_path(place.endpoint(), notes);
  REQUIRE(first);
  const ino_t inode = place.status().st_ino;
  const auto second = take_unix_path(place.endpoint(), notes);
  REQUIRE_FALSE(second);
  CHECK(second.error().fault == &fault('E', 4005));
  CHECK(second.error().what.find("is in use by pid " + std::to_string(::getpid())) != std::string::npos);
  CHECK(place.status().st_ino == inode);
  CHECK(notes.empty());
}

TEST_CASE("of servers that find a stale socket at the same time one takes it") {
  constexpr std::size_t kServers = 8;
  for (int round = 0; round < 20; ++round) {
    const Place place;
    place.bound().reset();
    std::array<std::optional<Result<UniqueFd, Error>>, kServers> taken;
    std::array<Errors, kServers> notes;
    std::latch start(kServers);
    {
      std::vector<std::jthread> servers;
      for (std::size_t i = 0; i < kServers; ++i)
        servers.emplace_back([&, i] {
          start.arrive_and_wait();
          taken[i].emplace(take_unix_path(place.endpoint(), notes[i]));
        });
    }
    CHECK(std::ranges::count_if(taken, [](const auto& one) { return one->has_value(); }) == 1);
    CHECK(std::ranges::count_if(notes, [](const Errors& one) { return !one.empty(); }) == 1);
    for (const auto& one : taken)
      if (!*one) CHECK(one->error().fault == &fault('E', 4005));
    CHECK(place.connects());
  }
}

TEST_CASE("a live socket of another type is left alone") {
  const Place place;
  const UniqueFd live = place.bound(SOCK_DGRAM);
  Errors notes;
  const auto fd = take_unix_path(place.endpoint(), notes);
  REQUIRE_FALSE(fd);
  CHECK(fd.error().fault == &fault('E', 4005));
  CHECK(S_ISSOCK(place.status().st_mode));
}
