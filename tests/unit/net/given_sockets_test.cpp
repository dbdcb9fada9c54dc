#include "net/given_sockets.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace appserve::net {
namespace {

// A listening socket at descriptor 3, as sd_listen_fds(3) has it; what was there comes back.
class Three {
 public:
  explicit Three(int type = SOCK_STREAM) : before_(::fcntl(3, F_DUPFD_CLOEXEC, 10)) {
    UniqueFd made(::socket(AF_INET, type, 0));
    const UniqueFd socket(::fcntl(made.get(), F_DUPFD_CLOEXEC, 10));
    made.reset();  // it may have been 3 itself
    if (type == SOCK_STREAM) REQUIRE(::listen(socket.get(), 1) == 0);
    REQUIRE(::dup2(socket.get(), 3) == 3);
  }
  ~Three() {
    if (before_ < 0)
      ::close(3);
    else
      ::dup2(before_, 3), ::close(before_);
  }
  Three(const Three&) = delete;
  Three& operator=(const Three&) = delete;

 private:
  int before_;
};

void set_environment(const std::string& pid, const char* count, const char* names) {
  ::setenv("LISTEN_PID", pid.c_str(), 1);
  ::setenv("LISTEN_FDS", count, 1);
  ::setenv("LISTEN_FDNAMES", names, 1);
}

const Endpoint kAll{.kind = Endpoint::Kind::systemd};
const Endpoint kWeb{.kind = Endpoint::Kind::systemd, .name = "web"};

TEST_CASE("sockets a manager gave are found by all and by their name; the environment is emptied") {
  const Three three;
  set_environment(std::to_string(::getpid()), "1", "web");
  const GivenSockets given = GivenSockets::from_environment();
  CHECK(std::getenv("LISTEN_PID") == nullptr);
  CHECK(std::getenv("LISTEN_FDS") == nullptr);
  CHECK(std::getenv("LISTEN_FDNAMES") == nullptr);
  CHECK(::fcntl(3, F_GETFD) == FD_CLOEXEC);
  for (const Endpoint& endpoint : {kAll, kWeb}) {
    const auto found = given.find(endpoint);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().get() != 3);
    CHECK((::fcntl(found->front().get(), F_GETFL) & O_NONBLOCK) != 0);
  }
  CHECK(::fcntl(3, F_GETFD) >= 0);  // it stays, for whoever asks again
}

TEST_CASE("a program in this one's place finds the same, and if it cannot run nobody does") {
  const Three three;
  set_environment(std::to_string(::getpid()), "1", "web");
  const GivenSockets given = GivenSockets::from_environment();
  given.hand_on();
  CHECK(std::string(std::getenv("LISTEN_FDNAMES")) == "web");
  CHECK(::fcntl(3, F_GETFD) == 0);
  given.keep();
  CHECK(std::getenv("LISTEN_FDS") == nullptr);
  CHECK(::fcntl(3, F_GETFD) == FD_CLOEXEC);
  given.hand_on();
  CHECK(GivenSockets::from_environment().find(kWeb));
}

TEST_CASE("variables that are meant for another process, or make no sense, give nothing") {
  for (const char* pid : {"1", "", "x", "-1"}) {
    set_environment(pid, "1", "web");
    const auto found = GivenSockets::from_environment().find(kAll);
    REQUIRE(!found);
    CHECK(found.error().fault == &fault('E', 4009));
    CHECK(found.error().what.find("LISTEN_PID") != std::string::npos);
  }
  for (const char* count : {"0", "-3", "many"}) {
    set_environment(std::to_string(::getpid()), count, "web");
    CHECK(!GivenSockets::from_environment().find(kAll));
  }
  CHECK(!GivenSockets().find(kAll));
}

TEST_CASE("what is no listening stream socket is refused with the reason") {
  const auto why = [](const Endpoint& endpoint, const GivenSockets& given) {
    const auto found = given.find(endpoint);
    REQUIRE(!found);
    CHECK(found.error().fault == &fault('E', 4009));
    return found.error().what;
  };
  const auto fd = [](int number) { return Endpoint{.kind = Endpoint::Kind::descriptor, .descriptor = number}; };
  CHECK(why(fd(999), {}) == "cannot listen on fd:999: descriptor 999: it is not open");
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(why(fd(file.get()), {}).ends_with("it is not a socket"));
  const UniqueFd silent(::socket(AF_INET, SOCK_STREAM, 0));
  CHECK(why(fd(silent.get()), {}).ends_with("it does not listen (with systemd: Accept=no)"));
  const Three three(SOCK_DGRAM);
  set_environment(std::to_string(::getpid()), "1", "other");
  const GivenSockets given = GivenSockets::from_environment();
  CHECK(why(kAll, given).ends_with("descriptor 3: it is not a stream socket"));
  CHECK(why(kWeb, given) == "cannot listen on systemd:web: no socket has that name; the service manager gave other");
}

}  // namespace
}  // namespace appserve::net
