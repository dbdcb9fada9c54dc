// A ServingLoop on a thread of its own, clients over socket pairs, and a Service made of a function.
#pragma once
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "loop/event_loop.hpp"
#include "net/serving_loop.hpp"

namespace appserve::net::test {

using Handler = std::function<void(service::Request&, service::ResponseWriter&)>;

struct FunctionService : service::Service {
  Handler handler;
  void call(service::Request& request, service::ResponseWriter& response) noexcept override {
    handler(request, response);
  }
};

inline void answer(service::ResponseWriter& response, std::string_view text, int status = 200) {
  const service::Piece body{.data = text};
  response.respond({.status = status, .content_type = "text/plain"}, {&body, 1});
  response.release();
}

/// A client's end, blocking with a limit: a test never hangs.
class Client {
 public:
  explicit Client(int fd) : fd_(fd) {
    const timeval limit{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  void send(std::string_view bytes) {
    REQUIRE(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// What has come when `end` is at its end, or everything until the server closed.
  std::string read_until(std::string_view end) {
    std::string all;
    char buffer[4096];
    while (end.empty() || !all.ends_with(end)) {
      const ssize_t n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (n == 0) return all;
      if (n < 0) return all + "<reset or time-out>";
      all.append(buffer, static_cast<std::size_t>(n));
    }
    return all;
  }
  void read_some() {
    char buffer[4096];
    REQUIRE(::recv(fd_.get(), buffer, sizeof buffer, 0) > 0);
  }
  std::string read_to_end() { return read_until(""); }
  void finish() { ::shutdown(fd_.get(), SHUT_WR); }
  void leave() { fd_.reset(); }
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

class LoopFixture {
 public:
  explicit LoopFixture(Handler handler, ConnectionOptions wanted = {}, service::Journal* journal = nullptr)
      : options(std::move(wanted)) {
    std::signal(SIGPIPE, SIG_IGN);  // as the server does
    service_.handler = std::move(handler);
    serving = std::make_unique<ServingLoop>(loop, options, service_, journal != nullptr ? *journal : deaf_, log_, open);
    thread_ = std::thread([this] { loop.run(); });
  }
  ~LoopFixture() {
    on_loop([this] {
      serving->cut();
      serving->when_idle([](void* arg) { static_cast<loop::EventLoop*>(arg)->stop(); }, &loop);
    });
    thread_.join();
  }

  Client connect() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    REQUIRE(::fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);  // as the listener's: sendfile() has no flag for one call
    auto far = std::make_shared<UniqueFd>(fds[1]);
    on_loop([this, far] { serving->serve(std::move(*far), "192.0.2.7:4711"); });
    return Client(fds[0]);
  }

  /// Runs `job` on the loop and waits for its end.
  void on_loop(std::function<void()> job) {
    std::promise<void> done;
    struct Call {
      std::function<void()> job;
      std::promise<void>& done;
    } call{std::move(job), done};
    loop.post(
        [](void* arg) {
          auto& c = *static_cast<Call*>(arg);
          c.job();
          c.done.set_value();
        },
        &call);
    done.get_future().wait();
  }

  ConnectionOptions options;
  loop::EventLoop loop{0};
  std::atomic<std::size_t> open = 0;
  std::unique_ptr<ServingLoop> serving;

 private:
  Log log_{Log::Level::error};
  service::Journal deaf_;
  FunctionService service_;
  std::thread thread_;
};

}  // namespace appserve::net::test
