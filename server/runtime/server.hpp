// One worker: its loops, their listeners and connections, and the apps they serve; from ready to drained.
#pragma once
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "app/plugin_app.hpp"
#include "base/log.hpp"
#include "net/bound_socket.hpp"
#include "net/connection_options.hpp"
#include "runtime/loop_guard.hpp"
#include "runtime/loop_pool.hpp"
#include "service/journal.hpp"
#include "service/service.hpp"

namespace appserve::runtime {

constexpr std::chrono::milliseconds kCancelGrace{5000};  // for cancelled handlers to unwind

struct ServerOptions {
  net::ConnectionOptions connection;
  std::chrono::milliseconds grace{30'000};  // what running requests get after the first signal to stop
  GuardOptions guard;
};

class Server {
 public:
  /// Everything given outlives the server; the loops are not running yet. The sockets listen. `journals`: one per
  /// loop.
  Server(const ServerOptions& options, LoopPool& loops, std::vector<net::BoundSocket>& sockets,
         service::Service& service, const std::vector<app::PluginApp*>& apps,
         const std::vector<service::Journal*>& journals, Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// [ctl] Serves until TERM, INT or QUIT: stops accepting, lets requests finish, cuts what is left after the grace or
  /// at a second signal, and returns when every loop has ended. `ready` is called once, when clients are being
  /// accepted, `draining` when the stop begins.
  void run(const std::function<void()>& ready, const std::function<void()>& draining = [] {});

 private:
  struct Station;  // one loop's serving parts

  asio::awaitable<void> life(std::function<void()> ready, std::function<void()> draining);
  asio::awaitable<void> wait_until_idle(std::chrono::milliseconds limit);
  void open(loop::EventLoop& loop);
  void on_every_loop(void (*fn)(void* station));
  void begin_drain();
  bool idle() const { return busy_loops_ == 0; }

  const ServerOptions& options_;
  LoopPool& loops_;
  std::vector<net::BoundSocket>& sockets_;
  service::Service& service_;
  const std::vector<app::PluginApp*>& apps_;
  std::vector<service::Journal*> journals_;
  Log& log_;
  std::atomic<std::size_t> connections_ = 0;
  std::vector<std::unique_ptr<Station>> stations_;

  asio::io_context control_{1};
  asio::signal_set signals_{control_};
  asio::steady_timer wake_{control_};
  std::size_t busy_loops_ = 0;  // control thread
  bool hurry_ = false;          // a second signal came
};

}  // namespace appserve::runtime
