// One worker: its loops, their listeners and connections, and the apps they serve; from ready to drained.
#pragma once
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/plugin_app.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "net/connection_options.hpp"
#include "runtime/loop_guard.hpp"
#include "runtime/loop_pool.hpp"
#include "service/journal.hpp"
#include "service/service.hpp"

namespace appserve::runtime {

struct ServerOptions {
  net::ConnectionOptions connection;
  std::chrono::milliseconds delay{0};       // between the first signal to stop and the end of accepting
  std::chrono::milliseconds grace{30'000};  // what running requests get from then on
  std::vector<int> stop_signals{SIGTERM, SIGINT, SIGQUIT};
  bool others_accept = false;  // a supervisor replaces this worker when it stops by itself
  GuardOptions guard;
  std::function<std::optional<Error>()> worn;  // why the worker should be replaced; asked about once a second
  std::size_t max_stuck = 100;  // handlers that ignore their cancellation; then the worker makes room for another
};

/// A socket that listens, and who accepts from it.
struct ListeningSocket {
  std::uint32_t id = 0;
  std::uint32_t loop = 0;  // modulo the number of loops
  bool shared = false;     // every loop accepts from it
  UniqueFd fd;
  bool given = false;  // it goes on without the server: its queue is never emptied, nor are newcomers kept away
};

class Server {
 public:
  /// What others are told; each at most once, on the control thread.
  struct Events {
    std::function<void()> ready;                       // the loops run and every app has started there; nobody is
                                                       // accepted yet
    std::function<void(bool others_accept)> draining;  // a stop has begun
  };

  /// Everything given outlives the server; the loops are not running yet. `journals`: one per loop.
  Server(const ServerOptions& options, LoopPool& loops, service::Service& service,
         const std::vector<app::PluginApp*>& apps, const std::vector<service::Journal*>& journals, Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// [ctl] Serves until it is told to stop: goes on accepting for the delay, lets requests finish, cuts what is left
  /// after the grace or when told to hurry, and returns when every loop has ended.
  void run(Events events);

  // [ctl] From `ready` on, in handlers of control():
  asio::io_context& control() { return control_; }
  void accept_from(ListeningSocket socket);
  /// Nobody is accepted from it any more; who waits in its queue is somebody else's.
  void leave(std::uint32_t id);
  /// `others_accept`: whoever waits in the queues is theirs. Else the queues are emptied first.
  void stop(std::chrono::milliseconds delay, bool others_accept);
  /// Stops, and cuts what runs.
  void stop_now();

 private:
  struct Station;  // one loop's serving parts

  asio::awaitable<void> life();
  asio::awaitable<void> stop_on_signals();
  asio::awaitable<void> wait_for(std::function<bool()> condition, std::chrono::milliseconds limit);
  asio::awaitable<void> drain();
  void start_loops();
  void open(loop::EventLoop& loop);
  void put(Station& station, const ListeningSocket& socket, UniqueFd fd);
  void on_every_loop(void (*fn)(void* station));
  void stop_accepting();
  void last_call();
  bool idle() const { return busy_loops_ == 0; }
  void ask_for_replacement(const std::string& why);
  void handler_stuck(int change);
  void look_for_wear();

  const ServerOptions& options_;
  LoopPool& loops_;
  service::Service& service_;
  const std::vector<app::PluginApp*>& apps_;
  std::vector<service::Journal*> journals_;
  Log& log_;
  std::atomic<std::size_t> connections_ = 0;
  std::vector<std::unique_ptr<Station>> stations_;
  std::atomic<int> stuck_handlers_ = 0;
  std::atomic<bool> replacement_asked_ = false;

  asio::io_context control_{1};
  asio::signal_set signals_{control_};
  asio::steady_timer wake_{control_};
  Events events_;
  std::chrono::milliseconds delay_{0};
  std::size_t busy_loops_ = 0;  // control thread
  bool stopping_ = false;
  bool others_accept_ = false;
  bool hurry_ = false;  // told twice
};

}  // namespace appserve::runtime
