#include "runtime/server.hpp"

#include <fmt/format.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <csignal>
#include <latch>

#include "net/listener.hpp"
#include "net/serving_loop.hpp"

namespace appserve::runtime {
struct Server::Station {
  Server& server;
  loop::EventLoop& loop;
  std::unique_ptr<net::ServingLoop> serving;
  std::vector<std::unique_ptr<net::Listener>> listeners;
};

Server::Server(const ServerOptions& options, LoopPool& loops, std::vector<net::BoundSocket>& sockets,
               service::Service& service, const std::vector<app::PluginApp*>& apps,
               const std::vector<service::Journal*>& journals, Log& log)
    : options_(options),
      loops_(loops),
      sockets_(sockets),
      service_(service),
      apps_(apps),
      journals_(journals),
      log_(log) {
  for (loop::EventLoop* loop : loops_.loops()) stations_.push_back(std::make_unique<Station>(*this, *loop));
}

Server::~Server() = default;

void Server::run(const std::function<void()>& ready, const std::function<void()>& draining) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT}) signals_.add(signal);
  const LoopGuard guard(options_.guard, loops_.loops(), log_, [](const std::string&) {});
  asio::co_spawn(control_, life(ready, draining), asio::detached);
  control_.run();
  loops_.join();
}

asio::awaitable<void> Server::life(std::function<void()> ready, std::function<void()> draining) {
  std::latch opened(static_cast<std::ptrdiff_t>(stations_.size()));
  busy_loops_ = stations_.size();
  loops_.start(
      [this, &opened](loop::EventLoop& loop) {
        open(loop);
        opened.count_down();
      },
      [this](loop::EventLoop& loop) {
        Station& station = *stations_[loop.index()];
        station.listeners.clear();
        station.serving.reset();
      });
  opened.wait();
  ready();

  co_await signals_.async_wait(asio::use_awaitable);
  log_.write(Log::Level::info, fmt::format("draining: {} connections, up to {} s (a second signal stops now)",
                                           connections_.load(), options_.grace.count() / 1000));
  signals_.async_wait([this](const asio::error_code& error, int) {
    if (error) return;
    hurry_ = true;
    wake_.cancel();
  });
  draining();
  begin_drain();
  co_await wait_until_idle(options_.grace);
  if (!idle()) {
    log_.write(fault('W', 6004), fmt::format("{}: {} connections are cut",
                                             hurry_ ? "stopping now" : "the grace is over", connections_.load()));
    on_every_loop([](void* station) { static_cast<Station*>(station)->serving->cut(); });
    hurry_ = false;
    co_await wait_until_idle(kCancelGrace);
  }
  signals_.cancel();
  on_every_loop([](void* arg) {
    auto& station = *static_cast<Station*>(arg);
    for (app::PluginApp* app : station.server.apps_) app->loop_stop(station.loop);
    // What loop_stop cancelled calls back first.
    station.loop.post([](void* loop) { static_cast<loop::EventLoop*>(loop)->stop(); }, &station.loop);
  });
}

void Server::open(loop::EventLoop& loop) {
  Station& station = *stations_[loop.index()];
  for (app::PluginApp* app : apps_) app->loop_start(loop);
  station.serving = std::make_unique<net::ServingLoop>(loop, options_.connection, service_, *journals_.at(loop.index()),
                                                       log_, connections_);
  for (net::BoundSocket& socket : sockets_)
    station.listeners.push_back(std::make_unique<net::Listener>(socket.take(loop.index()), *station.serving));
}

void Server::on_every_loop(void (*fn)(void* station)) {
  for (const auto& station : stations_) station->loop.post(fn, station.get());
}

void Server::begin_drain() {
  for (app::PluginApp* app : apps_) app->drain();
  on_every_loop([](void* arg) {
    auto& station = *static_cast<Station*>(arg);
    for (const auto& listener : station.listeners) listener->close();
    station.serving->drain();
    station.serving->when_idle(
        [](void* idle_station) {
          Server& server = static_cast<Station*>(idle_station)->server;
          asio::post(server.control_, [&server] {
            --server.busy_loops_;
            server.wake_.cancel();
          });
        },
        arg);
  });
}

asio::awaitable<void> Server::wait_until_idle(std::chrono::milliseconds limit) {
  wake_.expires_after(limit);
  while (!idle() && !hurry_) {
    asio::error_code error;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return;
  }
}

}  // namespace appserve::runtime
