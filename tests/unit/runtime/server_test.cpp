#include "runtime/server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <thread>

using namespace appserve;
using namespace std::chrono_literals;

namespace {

// Answers "/" at once and keeps everything else open until it is told to answer.
struct Waiting : service::Service {
  std::promise<void> called, canceled;
  service::ResponseWriter* open = nullptr;
  loop::EventLoop* home = nullptr;

  void call(service::Request& request, service::ResponseWriter& response) noexcept override {
    if (request.path == "/") return answer(response);
    open = &response;
    home = request.home;
    response.on_cancel(
        [](void* arg) {
          auto& self = *static_cast<Waiting*>(arg);
          self.canceled.set_value();
          self.open->release();
        },
        this);
    called.set_value();
  }
  static void answer(service::ResponseWriter& response) {
    const service::Piece body{.data = "done"};
    response.respond({}, {&body, 1});
    response.release();
  }
};

UniqueFd connect_to(const net::Endpoint& endpoint) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
  const timeval limit{10, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

void get(const UniqueFd& client, std::string_view path) {
  const std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  REQUIRE(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL) > 0);
}

std::string read_to_end(const UniqueFd& client) {
  std::string all;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::recv(client.get(), buffer, sizeof buffer, 0)) > 0;)
    all.append(buffer, static_cast<std::size_t>(n));
  return all;
}

class Running {
 public:
  explicit Running(std::chrono::milliseconds grace) : options_{.grace = grace} {
    Errors notes;
    sockets_ = std::move(*net::BoundSocket::bind({.host = "127.0.0.1"}, 2, notes));
    REQUIRE(sockets_.front().listen(16));
    endpoint = sockets_.front().endpoint();
    server_ = std::make_unique<runtime::Server>(options_, loops_, sockets_, service, apps_,
                                                std::vector<service::Journal*>{&journal_, &journal_}, log_);
    std::promise<void> ready;
    thread_ = std::thread([this, &ready] {
      server_->run([&ready] { ready.set_value(); });
      ended.set_value();
    });
    ready.get_future().wait();
  }
  ~Running() { thread_.join(); }

  Waiting service;
  net::Endpoint endpoint;
  std::promise<void> ended;

 private:
  runtime::ServerOptions options_;
  runtime::LoopPool loops_{2};
  std::vector<net::BoundSocket> sockets_;
  std::vector<app::PluginApp*> apps_;
  Log log_{Log::Level::error};
  service::Journal journal_;
  std::unique_ptr<runtime::Server> server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("TERM ends an idle server, and every loop took part") {
  Running server(5s);
  for (int i = 0; i < 20; ++i) {
    const UniqueFd client = connect_to(server.endpoint);
    get(client, "/");
    ::shutdown(client.get(), SHUT_WR);
    CHECK(read_to_end(client).ends_with("done"));
  }
  ::kill(::getpid(), SIGTERM);
  CHECK(server.ended.get_future().wait_for(5s) == std::future_status::ready);
  CHECK_FALSE(connect_to(server.endpoint));
}

TEST_CASE("a request in flight is finished after the first signal") {
  Running server(10s);
  const UniqueFd client = connect_to(server.endpoint);
  get(client, "/wait");
  server.service.called.get_future().wait();
  ::kill(::getpid(), SIGINT);
  while (connect_to(server.endpoint)) std::this_thread::yield();
  server.service.home->post([](void* arg) { Waiting::answer(*static_cast<Waiting*>(arg)->open); }, &server.service);
  const std::string got = read_to_end(client);
  CHECK(got.find("Connection: close\r\n") != std::string::npos);
  CHECK(got.ends_with("done"));
}

TEST_CASE("what does not end within the grace is cancelled and cut") {
  Running server(200ms);
  const UniqueFd client = connect_to(server.endpoint);
  get(client, "/wait");
  server.service.called.get_future().wait();
  ::kill(::getpid(), SIGTERM);
  CHECK(read_to_end(client).empty());
  CHECK(server.service.canceled.get_future().wait_for(5s) == std::future_status::ready);
}

TEST_CASE("a second signal stops now") {
  Running server(60s);
  const UniqueFd client = connect_to(server.endpoint);
  get(client, "/wait");
  server.service.called.get_future().wait();
  ::kill(::getpid(), SIGTERM);
  while (connect_to(server.endpoint)) std::this_thread::yield();
  ::kill(::getpid(), SIGTERM);
  CHECK(server.ended.get_future().wait_for(5s) == std::future_status::ready);
}
