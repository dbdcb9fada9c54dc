// An app that talks TCP with its own Asio, for asio_test.cpp and the end-to-end test; built with several Asios.
#include "asio_app.hpp"

#include <appserve/asio.hpp>
#include <asio/awaitable.hpp>
#include <asio/connect.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

using namespace appserve;
using namespace asio::experimental::awaitable_operators;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

/// Says so when the thread is another one than before.
class HomeCheck {
 public:
  void operator()() const {
    if (std::this_thread::get_id() != home_) throw std::logic_error("not on the loop's thread");
  }

 private:
  std::thread::id home_ = std::this_thread::get_id();
};

asio::awaitable<std::string> echo(std::uint16_t port, std::string text) {
  const HomeCheck home;
  tcp::socket socket(co_await asio::this_coro::executor);
  const tcp::endpoint there(asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(there, use_awaitable);
  home();
  co_await asio::async_write(socket, asio::buffer(text), use_awaitable);
  home();
  std::string back(text.size(), '\0');
  co_await asio::async_read(socket, asio::buffer(back), use_awaitable);
  home();
  co_return back;
}

asio::awaitable<void> forever(AsioTrace& trace) {
  const HomeCheck home;
  const AsioTrace::Alive alive(trace);
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  co_await timer.async_wait(use_awaitable);
}

Task<int> slow_answer(AsioTrace& trace, std::chrono::milliseconds after) {
  const AsioTrace::Alive alive(trace);
  if (after.count() > 0) co_await sleep(after);
  co_return 42;
}

asio::awaitable<void> forever_through_the_host(AsioTrace& trace) {
  co_await to_asio(slow_answer(trace, std::chrono::hours(1)));
}

asio::awaitable<std::string> both_worlds(AsioTrace& trace, int milliseconds) {
  const HomeCheck home;
  asio::steady_timer limit(co_await asio::this_coro::executor, std::chrono::milliseconds(50));
  const auto first = co_await (to_asio(slow_answer(trace, std::chrono::milliseconds(milliseconds))) ||
                               limit.async_wait(use_awaitable));
  home();
  co_return first.index() == 0 ? "answer " + std::to_string(std::get<0>(first)) : "too late";
}

}  // namespace

void add_asio_routes(App& app, AsioTrace& trace) {
  const Asio io(app);
  app.get("/echo/{port}/{text}", [io](std::uint16_t port, std::string text) -> Task<std::string> {
    const HomeCheck home;
    std::string back = co_await io.await(echo(port, std::move(text)));
    home();
    co_return back;
  });
  app.get("/many/{port}", [io](std::uint16_t port) -> Task<std::string> {
    std::string all;
    for (int i = 0; i < 100; ++i) all += co_await io.await(echo(port, std::to_string(i % 10)));
    co_return all;
  });
  app.get("/forever", [io, &trace]() -> Task<std::string> {
    co_await io.await(forever(trace));
    co_return "never";
  });
  app.get("/within", [io, &trace]() -> Task<std::string> {
    auto work = [](Asio a, AsioTrace& t) -> Task<> { co_await a.await(forever(t)); };
    const bool done = co_await within(std::chrono::milliseconds(20), work(io, trace));
    co_return done ? "done" : "cut";
  });
  app.get("/both/{ms}",
          [io, &trace](int ms) -> Task<std::string> { co_return co_await io.await(both_worlds(trace, ms)); });
  app.get("/alive", [&trace] { return std::to_string(trace.alive.load()); });
  // Both end with the app.
  app.on_start([io, &trace]() -> Task<> { co_await io.await(forever(trace)); });
  app.on_start([io, &trace]() -> Task<> { co_await io.await(forever_through_the_host(trace)); });
}

#ifdef ASIO_APP
static AsioTrace shared;
APPSERVE_APP(app) { add_asio_routes(app, shared); }
#endif
