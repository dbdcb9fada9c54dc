#include "base/service_manager.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace appserve {
namespace {

using namespace std::chrono_literals;

// A manager's end of the protocol, on an abstract address.
class Manager {
 public:
  Manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)), name_("@appserve-test-" + std::to_string(::getpid())) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name_.data() + 1, name_.size() - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    ::setenv("NOTIFY_SOCKET", name_.c_str(), 1);
  }

  std::string heard() {
    std::array<char, 256> buffer{};
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return got < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

 private:
  UniqueFd socket_;
  std::string name_;
};

TEST_CASE("the manager hears each step of the server's life") {
  Manager manager;
  ServiceManager ours = ServiceManager::from_environment();
  CHECK(ours.present());
  ours.ready();
  CHECK(manager.heard() == "READY=1");
  ours.reloading();
  const std::string reloading = manager.heard();
  CHECK(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="));
  ours.alive();
  CHECK(manager.heard() == "WATCHDOG=1");
  ours.stopping();
  CHECK(manager.heard() == "STOPPING=1");
}

TEST_CASE("a status is one line, so that it cannot say anything else") {
  Manager manager;
  ServiceManager ours = ServiceManager::from_environment();
  ours.status("2 workers\nREADY=1");
  CHECK(manager.heard() == "STATUS=2 workers");
}

TEST_CASE("the environment is emptied, so that only the server speaks") {
  Manager manager;
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  const ServiceManager ours = ServiceManager::from_environment();
  CHECK(ours.watchdog() == 1500ms);
  CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
  CHECK(std::getenv("WATCHDOG_USEC") == nullptr);
  CHECK(!ServiceManager::from_environment().present());
}

TEST_CASE("a watchdog that is meant for another process is not ours to feed") {
  Manager manager;
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  CHECK(!ServiceManager::from_environment().watchdog());
}

TEST_CASE("without a manager, or with an address that is none, nothing is told and nothing fails") {
  ServiceManager().ready();
  for (const std::string& address : {std::string("relative/path"), "/" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
    ServiceManager ours = ServiceManager::from_environment();
    CHECK(!ours.present());
    ours.ready();
  }
}

TEST_CASE("a manager that is gone does not hold the server up") {
  ServiceManager ours;
  {
    Manager manager;
    ours = ServiceManager::from_environment();
  }
  ours.ready();
  ours.stopping();
}

}  // namespace
}  // namespace appserve
