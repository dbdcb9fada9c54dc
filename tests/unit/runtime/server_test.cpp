#include "runtime/server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <csignal>
#include <future>
#include <thread>

#include "net/bound_socket.hpp"

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
  explicit Running(std::chrono::milliseconds grace, std::chrono::milliseconds delay = 0ms)
      : options_{.delay = delay, .grace = grace} {
    Errors notes;
    auto bound = std::move(*net::BoundSocket::bind({.host = "127.0.0.1"}, 2, notes));
    REQUIRE(bound.front().listen(16));
    endpoint = bound.front().endpoint();
    sockets_ = bound.front().take();
    server_ = std::make_unique<runtime::Server>(options_, loops_, service, apps_,
                                                std::vector<service::Journal*>{&journal_, &journal_}, log_);
    std::promise<void> ready;
    thread_ = std::thread([this, &ready] {
      server_->run({.ready =
                        [this, &ready] {
                          for (std::uint32_t i = 0; i < sockets_.size(); ++i)
                            server_->accept_from({i, i, false, std::move(sockets_[i])});
                          ready.set_value();
                        },
                    .draining = [](bool) {}});
      ended.set_value();
    });
    ready.get_future().wait();
  }
  ~Running() { thread_.join(); }

  /// On the control thread, and done when it returns.
  void control(const std::function<void(runtime::Server&)>& what) {
    std::promise<void> done;
    asio::post(server_->control(), [&] {
      what(*server_);
      done.set_value();
    });
    done.get_future().wait();
  }

  Waiting service;
  net::Endpoint endpoint;
  std::promise<void> ended;

 private:
  runtime::ServerOptions options_;
  runtime::LoopPool loops_{2};
  std::vector<UniqueFd> sockets_;
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

TEST_CASE("during the delay newcomers are let in, and told that the connection ends") {
  Running server(5s, 60s);
  ::kill(::getpid(), SIGTERM);
  std::string got;
  do {  // until the signal has arrived
    const UniqueFd client = connect_to(server.endpoint);
    REQUIRE(client);
    get(client, "/");
    ::shutdown(client.get(), SHUT_WR);
    got = read_to_end(client);
    CHECK(got.ends_with("done"));
  } while (got.find("Connection: close\r\n") == std::string::npos);
  ::kill(::getpid(), SIGTERM);
  CHECK(server.ended.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("a socket may be left, and another one taken while it serves") {
  Running server(5s);
  Errors notes;
  auto bound = std::move(*net::BoundSocket::bind({.host = "127.0.0.1"}, 1, notes));
  REQUIRE(bound.front().listen(16));
  UniqueFd late = std::move(bound.front().take().front());
  const UniqueFd ours(::dup(late.get()));
  server.control([&](runtime::Server& s) { s.accept_from({7, 5, false, std::move(late)}); });
  const UniqueFd first = connect_to(bound.front().endpoint());
  get(first, "/");
  ::shutdown(first.get(), SHUT_WR);
  CHECK(read_to_end(first).ends_with("done"));

  server.control([](runtime::Server& s) { s.leave(7); });
  server.control([](runtime::Server& s) { s.stop(0ms, true); });
  CHECK(server.ended.get_future().wait_for(10s) == std::future_status::ready);
  const UniqueFd second = connect_to(bound.front().endpoint());  // waits in the queue of whoever still has the socket
  CHECK(second);
  CHECK(UniqueFd(::accept(ours.get(), nullptr, nullptr)));
}
