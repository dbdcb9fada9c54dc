#include "net/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <latch>

#include "net/bound_socket.hpp"
#include "unit/net/loop_fixture.hpp"

using namespace appserve;
using namespace appserve::net::test;

namespace {

const Handler kHello = [](service::Request&, service::ResponseWriter& response) { answer(response, "hello"); };
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

// A listener on the fixture's loop.
struct Listening {
  LoopFixture server;
  std::vector<net::BoundSocket> sockets;
  std::unique_ptr<net::Listener> listener;

  explicit Listening(Handler handler = kHello) : server(std::move(handler)) {
    Errors notes;
    sockets = std::move(*net::BoundSocket::bind({.host = "127.0.0.1"}, 1, notes));
    REQUIRE(sockets.front().listen(64));
    server.on_loop([&] {
      listener = std::make_unique<net::Listener>(std::move(sockets.front().take().front()), *server.serving);
    });
  }
  ~Listening() {
    server.on_loop([&] { listener.reset(); });
  }
  int dial(int fd) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(sockets.front().endpoint().port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  Client connect() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(dial(fd) == 0);
    return Client(fd);
  }
  /// They arrive while the loop is held; `meanwhile` happens after that, and before the loop goes on.
  std::vector<Client> connect_at_once(int n, std::string_view request, const std::function<void()>& meanwhile = {}) {
    const auto held = std::make_shared<std::latch>(1);
    std::vector<Client> clients;
    server.loop.post(
        [](void* arg) {
          (*std::unique_ptr<std::shared_ptr<std::latch>>(static_cast<std::shared_ptr<std::latch>*>(arg)))->wait();
        },
        new std::shared_ptr<std::latch>(held));
    for (int i = 0; i < n; ++i) {
      clients.push_back(connect());
      clients.back().send(request);
    }
    if (meanwhile) meanwhile();
    held->count_down();
    return clients;
  }
};

}  // namespace

TEST_CASE("clients are accepted and served") {
  Listening listening;
  for (int i = 0; i < 100; ++i) {
    Client client = listening.connect();
    client.send(kGet);
    CHECK(client.read_until("hello").starts_with("HTTP/1.1 200 "));
  }
}

TEST_CASE("without descriptors a newcomer gets 503, and clients are served again when there are some") {
  Listening listening;
  Client waiting(::socket(AF_INET, SOCK_STREAM, 0));
  std::vector<UniqueFd> hoard;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{64, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::open("/dev/null", O_RDONLY)) hoard.emplace_back(fd);
  REQUIRE(listening.dial(waiting.fd()) == 0);
  const std::string refused = waiting.read_to_end();
  hoard.clear();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(refused.starts_with("HTTP/1.1 503 "));
  const auto served = [&] {
    Client client = listening.connect();
    client.send(kGet);
    return client.read_until("hello").starts_with("HTTP/1.1 200 ");
  };
  int tries = 1;  // the turn that answers 503 may go on for some newcomers
  while (!served() && tries < 100) ++tries;
  CHECK(tries < 100);
}

TEST_CASE("closing accepts what already waits in the queue") {
  Listening listening;
  std::vector<Client> clients = listening.connect_at_once(10, kGet);
  listening.server.on_loop([&] { listening.listener->close(false); });
  for (Client& client : clients) CHECK(client.read_until("hello").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("newcomers whose requests take long do not hold up the client that was there before") {
  int newcomers = 0, before_old = -1;
  Listening listening([&](service::Request& request, service::ResponseWriter& response) {
    const std::string_view path = request.target;
    if (path == "/old") before_old = newcomers;
    if (path == "/long") {
      ++newcomers;
      for (const Time until = Clock::now() + std::chrono::milliseconds(2); Clock::now() < until;) {
      }
    }
    answer(response, "hello");
  });
  Client old = listening.connect();
  old.send(kGet);
  REQUIRE(old.read_until("hello").starts_with("HTTP/1.1 200 "));
  for (Client& client : listening.connect_at_once(63, kGet))  // from now on it takes many at once
    REQUIRE(client.read_until("hello").starts_with("HTTP/1.1 200 "));
  std::vector<Client> many = listening.connect_at_once(30, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n",
                                                       [&] { old.send("GET /old HTTP/1.1\r\nHost: x\r\n\r\n"); });
  CHECK(old.read_until("hello").starts_with("HTTP/1.1 200 "));
  CHECK(before_old <= 2);
  for (Client& client : many) CHECK(client.read_until("hello").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("after the last call no handshake begins, and those that have begun are accepted") {
  Listening listening;
  Client early = listening.connect();
  listening.server.on_loop([&] { listening.listener->last_call(); });
  const int late = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(listening.dial(late) == -1);
  CHECK(errno == EINPROGRESS);  // on loopback a handshake is over when connect() returns
  early.send(kGet);
  CHECK(early.read_until("hello").starts_with("HTTP/1.1 200 "));
  pollfd writable{late, POLLOUT, 0};
  CHECK(::poll(&writable, 1, 50) == 0);
  ::close(late);
}
