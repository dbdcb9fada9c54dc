// A whole connection: bytes to the socket, an app that echoes, bytes back, through the shipped connection on a
// simulated socket. Oracles: how the bytes are cut and when they come does not matter; the requests that reach the app
// are those a slow second reading sees; the connection ends and leaves nothing behind.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/reference_parser.hpp"
#include "net/serving_loop.hpp"
#include "sim/world.hpp"

namespace appserve::sim {

void check(bool holds, std::string_view what) { fuzz::check(holds, std::string(what).c_str()); }

}  // namespace appserve::sim

namespace {

using namespace appserve;
using fuzz::check;
using service::Status;

struct Echo final : service::Service {
  struct Call {
    Echo& app;
    service::Request& request;
    service::ResponseWriter& response;

    static void again(void* arg, std::int32_t) { static_cast<Call*>(arg)->go(); }
    void go() {
      std::string_view content;
      const Status read = request.reader->all(1 << 20, content, {&Call::again, this});
      if (read == Status::pending) return;
      if (read == Status::ok) {
        app.bodies.emplace_back(content);
        const service::Piece body{.data = content};
        response.respond({.content_type = "text/plain"}, {&body, 1});
      }
      response.release();
      delete this;
    }
  };
  void call(service::Request& request, service::ResponseWriter& response) noexcept override {
    (new Call{*this, request, response})->go();
  }
  std::vector<std::string> bodies;  // of the requests that were whole
};

struct Talk {
  std::string output;
  std::vector<std::string> bodies;

  bool operator==(const Talk&) const = default;
};

std::string without_dates(std::string text) {
  for (std::size_t at = 0; (at = text.find("\r\nDate: ", at)) != text.npos;)
    text.erase(at, text.find("\r\n", at + 2) - at);
  return text;
}

Talk talk(std::string_view bytes, std::size_t first, std::size_t step, const net::ConnectionOptions& options) {
  sim::World world(1);
  loop::EventLoop loop(0);
  Echo app;
  Log log(Log::Level::off);
  std::atomic<std::size_t> open = 0;
  service::Journal journal;
  net::ServingLoop serving(loop, options, app, journal, log, open);
  UniqueFd server_end;
  const auto socket = world.connect(server_end);
  serving.serve(std::move(server_end), "192.0.2.1:1");

  std::string output;
  socket->on_news = [&] { output += socket->pull(std::string::npos); };
  std::function<void(std::size_t)> push = [&](std::size_t at) {
    const std::string_view piece = bytes.substr(at, at == 0 ? first : step);
    const std::size_t taken = socket->push(piece);
    if (taken == 0) return socket->finish();
    world.after(std::chrono::milliseconds(1), [&push, next = at + taken] { push(next); });
  };
  push(0);
  loop.run();
  check(open == 0 && loop.wheel().empty(), "the connection is still there");
  return {without_dates(std::move(output)), std::move(app.bodies)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  net::ConnectionOptions options;
  if (input.octet() % 4 == 0)
    options.limits = {.head = 128, .target = 32, .fields = 4, .body = 64, .chunk_overhead = 16};
  const std::size_t first = 1 + input.octet(), step = 1 + input.octet() % 32;
  const auto bytes = input.rest();
  if (bytes.empty() || bytes.size() > 2000) return 0;

  const Talk whole = talk(bytes, bytes.size(), 1, options);
  check(whole == talk(bytes, first, step, options), "a cut changes what is answered");
  const auto reference = fuzz::read_all(bytes);
  check(whole.bodies.size() <= reference.requests.size(), "a request is served that the reference does not see");
  for (std::size_t i = 0; i < whole.bodies.size(); ++i)
    check(whole.bodies[i] == reference.requests[i].body, "content is read differently");
  return 0;
}
