#include "runtime/server.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <latch>
#include <map>
#include <utility>

#include "net/listener.hpp"
#include "net/serving_loop.hpp"

namespace appserve::runtime {
namespace {

constexpr auto kNoLimit = std::chrono::milliseconds::max();
constexpr std::chrono::milliseconds kLastCall{10};  // for handshakes that have begun

// Work for a loop that is more than a function and a pointer.
void post(loop::EventLoop& loop, std::function<void()> work) {
  loop.post([](void* arg) { (*std::unique_ptr<std::function<void()>>(static_cast<std::function<void()>*>(arg)))(); },
            new std::function<void()>(std::move(work)));
}

}  // namespace

struct Server::Station {
  Server& server;
  loop::EventLoop& loop;
  std::unique_ptr<net::ServingLoop> serving;
  struct Door {
    std::unique_ptr<net::Listener> listener;
    bool given = false;
  };
  std::map<std::uint32_t, Door> doors;  // by the socket's id
};

Server::Server(const ServerOptions& options, LoopPool& loops, service::Service& service,
               const std::vector<app::PluginApp*>& apps, const std::vector<service::Journal*>& journals, Log& log)
    : options_(options), loops_(loops), service_(service), apps_(apps), journals_(journals), log_(log) {
  for (loop::EventLoop* loop : loops_.loops()) stations_.push_back(std::make_unique<Station>(*this, *loop));
}

Server::~Server() = default;

void Server::run(Events events) {
  events_ = std::move(events);
  std::signal(SIGPIPE, SIG_IGN);
  for (const int signal : options_.stop_signals) signals_.add(signal);
  const LoopGuard guard(options_.guard, loops_.loops(), log_,
                        {.stuck = [this](const std::string& why) { ask_for_replacement(why); },
                         .lost = [] { std::_Exit(static_cast<int>(Exit::plugin_start)); },
                         .look = [this] { look_for_wear(); }});
  asio::co_spawn(control_, stop_on_signals(), asio::detached);
  asio::co_spawn(control_, life(), asio::detached);
  control_.run();
  if (!loops_.end_within(std::max(options_.grace, options_.connection.cancel_grace))) {
    log_.write(fault('W', 6004), "a loop does not come back from its app; the process ends without it");
    std::_Exit(static_cast<int>(Exit::ok));
  }
  loops_.join();
}

// ---- from ready to drained ------------------------------------------------------------------------------------------

asio::awaitable<void> Server::life() {
  start_loops();
  events_.ready();
  co_await wait_for([this] { return stopping_; }, kNoLimit);
  co_await drain();
  signals_.cancel();
  on_every_loop([](void* arg) {
    auto& station = *static_cast<Station*>(arg);
    for (app::PluginApp* app : station.server.apps_) app->loop_stop(station.loop);
    // What loop_stop cancelled calls back first.
    station.loop.post([](void* loop) { static_cast<loop::EventLoop*>(loop)->stop(); }, &station.loop);
  });
  control_.stop();
}

asio::awaitable<void> Server::stop_on_signals() {
  for (;;) {
    asio::error_code error;
    co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    if (stopping_)
      stop_now();
    else
      stop(options_.delay, options_.others_accept);
  }
}

asio::awaitable<void> Server::drain() {
  log_.write(Log::Level::info, fmt::format("draining: {} connections, up to {} s (a second signal stops now)",
                                           connections_.load(), (delay_ + options_.grace).count() / 1000));
  events_.draining(others_accept_);
  for (app::PluginApp* app : apps_) app->drain();
  on_every_loop([](void* arg) {
    auto& station = *static_cast<Station*>(arg);
    station.serving->drain(station.server.others_accept_);
  });
  co_await wait_for([] { return false; }, delay_);
  if (!others_accept_) {
    last_call();
    co_await wait_for([] { return false; }, kLastCall);
  }
  stop_accepting();
  co_await wait_for([this] { return idle(); }, options_.grace);
  if (idle()) co_return;
  log_.write(fault('W', 6004), fmt::format("{}: {} connections are cut", hurry_ ? "stopping now" : "the grace is over",
                                           connections_.load()));
  on_every_loop([](void* station) { static_cast<Station*>(station)->serving->cut(); });
  hurry_ = false;
  co_await wait_for([this] { return idle(); }, options_.connection.cancel_grace);
}

// Until the condition, the limit, or somebody's hurry.
asio::awaitable<void> Server::wait_for(std::function<bool()> condition, std::chrono::milliseconds limit) {
  if (limit == kNoLimit)
    wake_.expires_at(asio::steady_timer::time_point::max());
  else
    wake_.expires_after(limit);
  while (!condition() && !hurry_) {
    asio::error_code error;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return;
  }
}

void Server::stop(std::chrono::milliseconds delay, bool others_accept) {
  if (std::exchange(stopping_, true)) return;
  delay_ = delay;
  others_accept_ = others_accept;
  wake_.cancel();
}

void Server::stop_now() {
  stopping_ = hurry_ = true;
  wake_.cancel();
}

// ---- the loops ------------------------------------------------------------------------------------------------------

void Server::start_loops() {
  std::latch opened(static_cast<std::ptrdiff_t>(stations_.size()));
  busy_loops_ = stations_.size();
  loops_.start(
      [this, &opened](loop::EventLoop& loop) {
        open(loop);
        opened.count_down();
      },
      [this](loop::EventLoop& loop) {
        Station& station = *stations_[loop.index()];
        station.doors.clear();
        station.serving.reset();
      });
  opened.wait();
}

void Server::open(loop::EventLoop& loop) {
  Station& station = *stations_[loop.index()];
  for (app::PluginApp* app : apps_) app->loop_start(loop);
  station.serving = std::make_unique<net::ServingLoop>(loop, options_.connection, service_, *journals_.at(loop.index()),
                                                       log_, connections_);
  station.serving->when_stuck([](void* server, int change) { static_cast<Server*>(server)->handler_stuck(change); },
                              this);
}

void Server::accept_from(ListeningSocket socket) {
  if (stopping_) return;
  if (!socket.shared) return put(*stations_[socket.loop % stations_.size()], socket, std::move(socket.fd));
  for (const auto& station : stations_) put(*station, socket, UniqueFd(::fcntl(socket.fd.get(), F_DUPFD_CLOEXEC, 3)));
}

void Server::put(Station& station, const ListeningSocket& socket, UniqueFd fd) {
  const auto held = std::make_shared<UniqueFd>(std::move(fd));  // a std::function is copyable
  post(station.loop, [&station, id = socket.id, given = socket.given, held] {
    station.doors[id] = {std::make_unique<net::Listener>(std::move(*held), *station.serving), given};
  });
}

void Server::leave(std::uint32_t id) {
  if (stopping_) return;
  for (const auto& station : stations_) post(station->loop, [&station = *station, id] { station.doors.erase(id); });
}

void Server::handler_stuck(int change) {
  const int stuck = stuck_handlers_ += change;
  if (change > 0 && static_cast<std::size_t>(stuck) >= options_.max_stuck)
    ask_for_replacement(fmt::format("{} handlers go on though they were cancelled", stuck));
}

void Server::look_for_wear() {
  if (!options_.worn || replacement_asked_) return;
  const std::optional<Error> worn = options_.worn();
  if (!worn) return;
  log_.write(*worn->fault, worn->what);
  ask_for_replacement("it is worn out");
}

void Server::ask_for_replacement(const std::string& why) {
  if (replacement_asked_.exchange(true)) return;
  if (!options_.others_accept) {
    log_.write(Log::Level::warn, "this worker should be replaced, but no supervisor is there to do it: " + why);
    return;
  }
  log_.write(Log::Level::warn, "this worker makes room for another: " + why);
  asio::post(control_, [this] { stop(std::chrono::milliseconds(0), true); });
}

void Server::on_every_loop(void (*fn)(void* station)) {
  for (const auto& station : stations_) station->loop.post(fn, station.get());
}

void Server::last_call() {
  on_every_loop([](void* station) {
    for (const auto& [id, door] : static_cast<Station*>(station)->doors)
      if (!door.given) door.listener->last_call();
  });
}

void Server::stop_accepting() {
  on_every_loop([](void* arg) {
    auto& station = *static_cast<Station*>(arg);
    for (const auto& [id, door] : station.doors) door.listener->close(door.given || station.server.others_accept_);
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

}  // namespace appserve::runtime
