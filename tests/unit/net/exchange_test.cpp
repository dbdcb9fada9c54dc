#include "net/exchange.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "unit/net/loop_fixture.hpp"

using namespace appserve;
using namespace appserve::net::test;
using namespace std::chrono_literals;
using net::ConnectionOptions;
using service::Ending;
using service::Piece;
using service::Request;
using service::ResponseWriter;

namespace {

struct Line {
  std::string what;  // "answered 200 GET /x", "refused 400"
  std::uint64_t bytes_in = 0, bytes_out = 0;
  Duration latency{}, took{};
};

/// Writes down what it is told; one line per end.
class Ledger : public service::Journal {
 public:
  void connected() override { ++connections; }
  void disconnected() override { --connections; }
  Mark begin(const Request& request, Time) override {
    remote = request.remote;
    return ++begun;
  }
  void routed(Mark& mark, const Request&, std::string_view route) override { mark += route.size() << 32; }
  void end(Mark mark, const service::Record& record) override {
    static constexpr std::array kNames{"answered", "refused", "left", "cut"};
    const auto& request = record.request;
    CHECK(record.route.size() == mark >> 32);
    CHECK(record.took >= record.latency);
    add({std::string(kNames.at(static_cast<std::size_t>(record.ending))) + " " + std::to_string(record.status) + " " +
             std::string(request.method_name) + " " + std::string(request.target),
         record.bytes_in, record.bytes_out, record.latency, record.took});
  }
  void refused(const service::Refused& message) override {
    CHECK(message.peer == "192.0.2.7:4711");
    add({"refused " + std::to_string(message.why.status) + " " + std::string(message.head.substr(0, 8))});
  }

  Line wait_for(std::size_t number = 1) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 10s, [&] { return lines_.size() >= number; }));
    return lines_[number - 1];
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return lines_.size();
  }

  int connections = 0;
  std::uint64_t begun = 0;
  std::string remote;  // of the last one that began

 private:
  void add(Line line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Line> lines_;
};

struct Scene {
  Ledger ledger;
  LoopFixture server;
  explicit Scene(Handler handler, ConnectionOptions options = {})
      : server(std::move(handler), std::move(options), &ledger) {}

  /// The only line there is, also after the connection has gone.
  Line only(Client& client) {
    const Line line = ledger.wait_for();
    client.leave();
    wait_for_end();
    CHECK(ledger.count() == 1);
    return line;
  }
  void wait_for_end() {
    bool empty = false;
    while (!empty) server.on_loop([&] { empty = server.serving->connections() == 0; });
    CHECK(ledger.connections == 0);
  }
};

ConnectionOptions quick() {
  ConnectionOptions options;
  options.timeouts = {.head = 200ms, .keep_alive = 200ms, .write = 200ms, .request = 200ms};
  return options;
}

constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kBig(8 << 20, 'x');

}  // namespace

TEST_CASE("the journal hears of a request when it is known who asks") {
  Scene scene([](Request& request, ResponseWriter& response) {
    request.remote = "203.0.113.9:5";
    response.set_route({});
    response.set_route("/{name}");
    answer(response, "hello");
  });
  Client client = scene.server.connect();
  client.send(kGet);
  client.read_until("hello");
  scene.only(client);
  CHECK(scene.ledger.begun == 1);
  CHECK(scene.ledger.remote == "203.0.113.9:5");
}

TEST_CASE("a request that no app has is in the journal, too") {
  Scene scene([](Request&, ResponseWriter& response) { answer(response, "hello"); });
  Client client = scene.server.connect();
  client.send(kGet);
  client.read_until("hello");
  CHECK(scene.only(client).what == "answered 200 GET /x");
  CHECK(scene.ledger.begun == 1);
}

TEST_CASE("an answered request is told once, with its bytes") {
  Scene scene([](Request&, ResponseWriter& response) {
    response.set_route("/{name}");
    answer(response, "hello");
  });
  Client client = scene.server.connect();
  client.send(kGet);
  client.read_until("hello");
  const Line line = scene.only(client);
  CHECK(line.what == "answered 200 GET /x");
  CHECK(line.bytes_in == kGet.size());
  CHECK(line.bytes_out == 5);
}

TEST_CASE("content counts as bytes in; an answer to HEAD has none") {
  Scene scene([](Request&, ResponseWriter& response) { answer(response, "hello"); });
  Client client = scene.server.connect();
  client.send("HEAD /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  client.read_until("\r\n\r\n");
  const Line line = scene.only(client);
  CHECK(line.bytes_in == 51);
  CHECK(line.bytes_out == 0);
}

TEST_CASE("a message that is no request is told with its first bytes") {
  Scene scene([](Request&, ResponseWriter& response) { answer(response, ""); });
  Client client = scene.server.connect();
  SUBCASE("garbage") {
    client.send("\x16\x03\x01\x02\r\n\r\n");
    client.read_to_end();
    CHECK(scene.only(client).what == "refused 400 \x16\x03\x01\x02\r\n\r\n");
  }
  SUBCASE("a head that breaks a rule") {
    client.send("GET /bad HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
    client.read_to_end();
    CHECK(scene.only(client).what == "refused 400 GET /bad");
  }
  SUBCASE("half a head, then the end") {
    client.send("GET /half HT");
    client.finish();
    client.read_to_end();
    CHECK(scene.only(client).what == "refused 400 GET /hal");
  }
}

TEST_CASE("a head that takes too long, a handler that takes too long") {
  Scene scene(
      [](Request&, ResponseWriter& response) {
        static ResponseWriter* late = nullptr;
        late = &response;
        response.on_cancel([](void*) { late->release(); }, nullptr);
      },
      quick());
  Client client = scene.server.connect();
  SUBCASE("408") {
    client.send("GET /slow HT");
    client.read_to_end();
    CHECK(scene.only(client).what == "refused 408 GET /slo");
  }
  SUBCASE("504") {
    client.send(kGet);
    client.read_to_end();
    const Line line = scene.only(client);
    CHECK(line.what == "refused 504 GET /x");
    CHECK(line.took >= 200ms);
  }
}

TEST_CASE("a client that leaves before its answer is told as gone, once, also when the handler is late") {
  ResponseWriter* pending = nullptr;
  Scene scene([&](Request&, ResponseWriter& response) { pending = &response; });
  Client client = scene.server.connect();
  client.send(kGet);
  while (pending == nullptr) scene.server.on_loop([] {});
  const linger reset{1, 0};
  ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  client.leave();
  CHECK(scene.ledger.wait_for().what == "left 0 GET /x");
  scene.server.on_loop([&] { answer(*pending, "too late"); });
  scene.wait_for_end();
  CHECK(scene.ledger.count() == 1);
}

TEST_CASE("a download is told when its last byte is on its way, not when the app is done") {
  Scene scene([](Request&, ResponseWriter& response) { answer(response, kBig); });
  Client client = scene.server.connect();
  client.send("GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  client.read_some();
  scene.server.on_loop([] {});
  CHECK(scene.ledger.count() == 0);
  SUBCASE("it was read") {
    client.read_to_end();
    const Line line = scene.only(client);
    CHECK(line.what == "answered 200 GET /x");
    CHECK(line.bytes_out == kBig.size());
    CHECK(line.latency < line.took);
  }
  SUBCASE("the client left in the middle") {
    CHECK((client.leave(), scene.ledger.wait_for().what) == "left 200 GET /x");
  }
}

TEST_CASE("a client that does not read its download is cut") {
  Scene scene([](Request&, ResponseWriter& response) { answer(response, kBig); }, quick());
  Client client = scene.server.connect();
  client.send(kGet);
  CHECK(scene.ledger.wait_for().what == "cut 200 GET /x");
}

TEST_CASE("a stream without an end is cut; its latency is that of its head") {
  Scene scene([](Request&, ResponseWriter& response) {
    response.begin({.status = 200});
    std::this_thread::sleep_for(20ms);
    response.release();
  });
  Client client = scene.server.connect();
  client.send(kGet);
  const Line line = scene.only(client);
  CHECK(line.what == "cut 200 GET /x");
  CHECK(line.took - line.latency >= 20ms);
}

TEST_CASE("a connection over the limit is told as refused") {
  ConnectionOptions options;
  options.connections = 0;
  Scene scene([](Request&, ResponseWriter& response) { answer(response, ""); }, options);
  Client client = scene.server.connect();
  client.read_to_end();
  CHECK(scene.only(client).what == "refused 503 ");
}
