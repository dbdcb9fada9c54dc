#include "net/proxy_greeting.hpp"

#include <chrono>

#include "unit/net/loop_fixture.hpp"

using namespace appserve;
using namespace appserve::net::test;
using net::ConnectionOptions;

namespace {

const Handler kWho = [](service::Request& request, service::ResponseWriter& response) {
  answer(response, "you are " + std::string(request.remote) + ".");
};
constexpr std::string_view kLine = "PROXY TCP4 203.0.113.9 10.0.0.1 49152 443\r\n";
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

ConnectionOptions expecting(bool trusted = true) {
  ConnectionOptions options;
  options.proxy = {http::ProxyProtocol::any, [trusted](std::string_view) { return trusted; }};
  return options;
}

}  // namespace

TEST_CASE("the app sees the client the proxy names, for every request of the connection") {
  LoopFixture server(kWho, expecting());
  Client client = server.connect();
  client.send(std::string(kLine).append(kGet));
  CHECK(client.read_until(".").ends_with("you are 203.0.113.9:49152."));
  client.send(kGet);
  CHECK(client.read_until(".").ends_with("you are 203.0.113.9:49152."));
}

TEST_CASE("a header that comes byte by byte, and then the request byte by byte") {
  LoopFixture server(kWho, expecting());
  Client client = server.connect();
  const std::string all = std::string(kLine).append(kGet);
  for (const char c : all) {
    client.send({&c, 1});
    server.on_loop([] {});  // it has been read
  }
  CHECK(client.read_until(".").ends_with("you are 203.0.113.9:49152."));
}

TEST_CASE("where the proxy names nobody, the client is who connected") {
  LoopFixture server(kWho, expecting());
  Client client = server.connect();
  client.send(std::string("PROXY UNKNOWN\r\n").append(kGet));
  CHECK(client.read_until(".").ends_with("you are 192.0.2.7:4711."));
}

TEST_CASE("without a header, or from anybody else, a connection is refused") {
  LoopFixture server(kWho, expecting());
  Client silent = server.connect();
  silent.send(kGet);
  const std::string answer = silent.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 400 "));
  CHECK(answer.find("does not begin with a PROXY header") != answer.npos);

  LoopFixture strict(kWho, expecting(false));
  Client stranger = strict.connect();
  stranger.send(std::string(kLine).append(kGet));
  CHECK(stranger.read_to_end().find("only a trusted proxy may connect here") != std::string::npos);
}

TEST_CASE("at the limit of connections a greeting's place becomes its connection's") {
  ConnectionOptions options = expecting();
  options.connections = 1;
  LoopFixture server(kWho, options);
  Client client = server.connect();
  client.send(std::string(kLine).append(kGet));
  CHECK(client.read_until(".").ends_with("you are 203.0.113.9:49152."));
}

TEST_CASE("who takes too long for the header is let go, without an answer") {
  ConnectionOptions options = expecting();
  options.timeouts.head = std::chrono::milliseconds(50);
  LoopFixture server(kWho, options);
  Client client = server.connect();
  client.send("PROXY ");
  CHECK(client.read_to_end().empty());
}

TEST_CASE("a drain lets go of who has said nothing, and serves who speaks up in time") {
  LoopFixture server(kWho, expecting());
  Client quiet = server.connect(), late = server.connect();
  server.on_loop([&] { server.serving->drain(); });
  late.send(std::string(kLine).append(kGet));
  CHECK(late.read_to_end().find("you are 203.0.113.9:49152.") != std::string::npos);
  CHECK(quiet.read_to_end().empty());
  late.leave();
  std::promise<void> idle;
  server.on_loop([&] {
    server.serving->when_idle([](void* told) { static_cast<std::promise<void>*>(told)->set_value(); }, &idle);
  });
  CHECK(idle.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
}
