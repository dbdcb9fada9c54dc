// Asio code of an app beside the host's tasks: on the loop's thread, cut short both ways, ended with the app.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <appserve/test.hpp>

#include <thread>

#include "asio_app.hpp"

using namespace appserve;

namespace {

/// Sends back what it gets, one connection after the other.
class EchoServer {
 public:
  EchoServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 128) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;
  ~EchoServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string port() const { return std::to_string(port_); }

 private:
  void serve() const {
    for (int client = 0; (client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(client)) {
      char buffer[1024];
      for (ssize_t n = 0; (n = ::recv(client, buffer, sizeof buffer, 0)) > 0;)
        if (::send(client, buffer, static_cast<std::size_t>(n), MSG_NOSIGNAL) != n) break;
    }
  }
  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

struct Playground {
  AsioTrace trace;
  TestClient client;
  explicit Playground(std::uint64_t chaos = 0)
      : client([this](App& app) { add_asio_routes(app, trace); },
               {.loops = 2, .chaos = chaos, .patience = std::chrono::milliseconds(500)}) {}
};

}  // namespace

TEST_CASE("a handler asks a TCP server with its own Asio") {
  const EchoServer server;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Playground play(seed);
    CHECK(play.client.get("/echo/" + server.port() + "/hello").body == "hello");
    CHECK(play.client.get("/many/" + server.port()).body.size() == 100);
  }
}

TEST_CASE("an error of Asio is an exception of the handler") {
  Playground play;
  const auto answer = play.client.get("/echo/1/hello");
  CHECK(answer.status == 500);
  CHECK(answer.failure.find("onnection refused") != std::string::npos);
}

TEST_CASE("many at once on two loops") {
  const EchoServer server;
  Playground play;
  std::vector<TestCall> calls;
  for (std::uint32_t i = 0; i < 20; ++i)
    calls.push_back(play.client.start({.target = "/echo/" + server.port() + "/" + std::to_string(i), .loop = i % 2}));
  REQUIRE(play.client.until([&] { return play.client.in_flight() == 0; }));
  for (std::size_t i = 0; i < calls.size(); ++i) CHECK(calls[i].body() == std::to_string(i));
}

TEST_CASE("a client that leaves, a timeout and the end of the app cut Asio code short, and its frames unwind") {
  Playground play;
  REQUIRE(play.client.until([&] { return play.trace.alive == 2; }));  // the background tasks
  auto call = play.client.start({.target = "/forever"});
  REQUIRE(play.client.until([&] { return play.trace.alive == 3; }));
  play.client.disconnect(call);
  REQUIRE(play.client.until([&] { return !call.pending(); }));
  CHECK(play.trace.alive == 2);
  CHECK(play.client.get("/within").body == "cut");
  CHECK(play.trace.alive == 2);
  play.client.stop();
  CHECK(play.trace.alive == 0);
}

TEST_CASE("Asio code awaits the host's tasks, and its timeouts cut them short") {
  Playground play;
  play.client.until([&] { return play.trace.alive == 2; });
  CHECK(play.client.get("/both/0").body == "answer 42");
  auto late = play.client.start({.target = "/both/3600000"});
  REQUIRE(play.client.until([&] { return !late.pending(); }));
  CHECK(late.body() == "too late");
  CHECK(play.trace.alive == 2);
}
