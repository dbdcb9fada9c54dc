#include "net/connection.hpp"

#include <sys/ioctl.h>
#include <sys/mman.h>

#include <filesystem>

#include "unit/net/loop_fixture.hpp"

using namespace appserve;
using namespace appserve::net::test;
using namespace std::chrono_literals;
using net::ConnectionOptions;
using service::Completion;
using service::Piece;
using service::Request;
using service::ResponseWriter;
using service::Status;

namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const Handler kHello = [](Request&, ResponseWriter& response) { answer(response, "hello"); };

std::string body_of(const std::string& message) { return message.substr(message.find("\r\n\r\n") + 4); }

ConnectionOptions quick(std::chrono::milliseconds limit) {
  ConnectionOptions options;
  options.timeouts = {.head = limit, .keep_alive = limit, .write = limit, .request = limit};
  return options;
}

// Reads a body piece by piece and tells what it got when it ends, or when it is enough.
struct Collector {
  Request* request;
  ResponseWriter* response;
  std::string text;
  int pieces = 0;
  std::size_t enough = SIZE_MAX;

  static void start(Request& request, ResponseWriter& response) { (new Collector{&request, &response, {}})->go(); }
  static void again(void* arg, std::int32_t) { static_cast<Collector*>(arg)->go(); }
  void go() {
    const std::unique_ptr<Collector> self(this);
    for (std::string_view chunk;;) {
      switch (request->reader->next(chunk, {&Collector::again, this})) {
        case Status::ok:
          text += chunk;
          ++pieces;
          if (text.size() >= enough) return answer(*response, "enough");
          continue;
        case Status::pending:
          (void)const_cast<std::unique_ptr<Collector>&>(self).release();
          return;
        case Status::eof:
          return answer(*response, text);
        default:
          return response->release();
      }
    }
  }
};

}  // namespace

TEST_CASE("a request is answered and the connection stays open for the next") {
  LoopFixture server(kHello);
  Client client = server.connect();
  for (int i = 0; i < 3; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string got = client.read_until("hello");
    CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(got.find("Server: appserve\r\n") != std::string::npos);
    CHECK(got.find("Date: ") != std::string::npos);
  }
}

TEST_CASE("pipelined requests are answered in order, also when they arrive byte by byte") {
  LoopFixture server([](Request& request, ResponseWriter& response) { answer(response, std::string(request.path)); });
  const std::string three =
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\n\r\n";
  Client at_once = server.connect();
  at_once.send(three);
  const std::string got = at_once.read_until("/3");
  CHECK(got.find("/1") < got.find("/2"));
  Client slowly = server.connect();
  for (const char c : three) slowly.send({&c, 1});
  const std::string again = slowly.read_until("/3");
  CHECK(again.find("/1") < again.find("/2"));
  CHECK(again.size() == got.size());
}

TEST_CASE("the request's views show what was sent") {
  std::string seen;
  LoopFixture server([&](Request& request, ResponseWriter& response) {
    seen = std::string(request.method_name) + " " + std::string(request.path) + " " + std::string(request.query) + " " +
           std::string(request.authority) + " " + std::string(request.remote) + " " + std::string(request.body) + " " +
           std::to_string(request.id.size());
    answer(response, "seen");
  });
  Client client = server.connect();
  client.send("PUT /a/b?c=d HTTP/1.1\r\nHost: example.org\r\nContent-Length: 3\r\n\r\nxyz");
  client.read_until("seen");
  CHECK(seen == "PUT /a/b c=d example.org 192.0.2.7:4711 xyz 16");
}

TEST_CASE("a body in many segments is read as it comes, with either framing") {
  LoopFixture server([](Request& request, ResponseWriter& response) { Collector::start(request, response); });
  std::string content;
  for (int i = 0; i < 20'000; ++i) content += std::to_string(i);
  Client by_length = server.connect();
  by_length.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(content.size()) + "\r\n\r\n");
  for (std::size_t i = 0; i < content.size(); i += 1000) by_length.send(content.substr(i, 1000));
  CHECK((body_of(by_length.read_until("19999")) == content));
  Client chunked = server.connect();
  chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t i = 0; i < content.size(); i += 16) {
    const std::string part = content.substr(i, 16);
    chunked.send((part.size() == 16 ? "10" : std::string(1, "0123456789abcdef"[part.size()])) + "\r\n" + part + "\r\n");
  }
  chunked.send("0\r\n\r\n");
  CHECK((body_of(chunked.read_until("19999")) == content));
}

TEST_CASE("100 Continue is sent only when the app wants the body") {
  LoopFixture server([](Request& request, ResponseWriter& response) {
    if (request.path == "/no") return answer(response, "no");
    Collector::start(request, response);
  });
  Client wanted = server.connect();
  wanted.send("POST /yes HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  CHECK(wanted.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  wanted.send("body");
  CHECK(body_of(wanted.read_until("body")) == "body");
  Client unwanted = server.connect();
  unwanted.send("POST /no HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  CHECK(unwanted.read_until("no").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a broken request is refused and the answer can be read before the connection closes") {
  LoopFixture server(kHello);
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n" + std::string(20'000, 'x'));
  client.finish();
  const std::string got = client.read_to_end();
  CHECK(got.starts_with("HTTP/1.1 400 "));
  CHECK(got.find("Connection: close\r\n") != std::string::npos);
  CHECK(got.find("<reset") == std::string::npos);
}

TEST_CASE("a client that ends in the middle of content nobody wanted is let go at once") {
  LoopFixture server(kHello);
  for (const std::string_view rest : {"Content-Length: 9\r\n\r\nsome", "Transfer-Encoding: chunked\r\n\r\n9\r\nsome"}) {
    Client client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: x\r\n" + std::string(rest));
    CHECK(body_of(client.read_until("hello")) == "hello");
    client.finish();
    const auto began = std::chrono::steady_clock::now();
    CHECK(client.read_to_end().empty());
    CHECK(std::chrono::steady_clock::now() - began < 2s);  // the time that late content would have had is 5 s
  }
}

TEST_CASE("a short rest of content is dropped, however much of it was read before") {
  LoopFixture server([](Request& request, ResponseWriter& response) {
    if (request.body_complete) return answer(response, "next");
    (new Collector{.request = &request, .response = &response, .text = {}, .enough = 100'000})->go();
  });
  Client client = server.connect();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 150000\r\n\r\n");
  for (int piece = 0; piece < 10; ++piece) {
    client.send(std::string(10'000, 'x'));
    for (int turn = 0; turn < 3; ++turn) server.on_loop([] {});  // taken as it comes: it is never held back
  }
  CHECK(body_of(client.read_until("enough")) == "enough");
  client.send(std::string(25'000, 'x'));
  for (int turn = 0; turn < 3; ++turn) server.on_loop([] {});
  client.send(std::string(25'000, 'x') + std::string(kGet));
  CHECK(body_of(client.read_until("next")) == "next");
}

TEST_CASE("empty lines behind a request are no request: no answer, no haste") {
  ConnectionOptions options = quick(10s);
  options.timeouts.head = 300ms;
  LoopFixture server(kHello, options);
  for (const std::string_view lines : {"\r\n", "\r\n\r\n", "\r"}) {
    Client client = server.connect();
    client.send(kGet);
    client.send(lines);
    CHECK(body_of(client.read_until("hello")) == "hello");
    client.finish();
    CHECK(client.read_to_end().empty());
  }
  Client slow = server.connect();
  slow.send(std::string(kGet) + "\r\n");
  CHECK(body_of(slow.read_until("hello")) == "hello");
  pollfd quiet{.fd = slow.fd(), .events = POLLIN, .revents = 0};
  CHECK(::poll(&quiet, 1, 600) == 0);  // neither 408 nor the end: it rests
  slow.send(kGet);
  CHECK(body_of(slow.read_until("hello")) == "hello");
  Client nothing_else = server.connect();
  nothing_else.send("\r\n");
  CHECK(nothing_else.read_to_end().empty());  // before a first request there is no rest
}

TEST_CASE("a handler may answer later, and what was pipelined behind it waits") {
  ResponseWriter* late = nullptr;
  std::promise<void> called;
  LoopFixture server([&](Request& request, ResponseWriter& response) {
    if (request.path != "/late") return answer(response, "second");
    late = &response;
    called.set_value();
  });
  Client client = server.connect();
  client.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  called.get_future().wait();
  server.on_loop([&] { answer(*late, "first"); });
  const std::string got = client.read_until("second");
  CHECK(got.find("first") < got.find("second"));
}

TEST_CASE("a client that leaves cancels the handler, and a late answer harms nobody") {
  struct State {
    ResponseWriter* response = nullptr;
    std::promise<void> called, canceled;
    Status late = Status::ok;
  } state;
  LoopFixture server([&](Request&, ResponseWriter& response) {
    state.response = &response;
    response.on_cancel([](void* arg) { static_cast<State*>(arg)->canceled.set_value(); }, &state);
    state.called.set_value();
  });
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  state.called.get_future().wait();
  client.leave();
  REQUIRE(state.canceled.get_future().wait_for(1s) == std::future_status::ready);
  server.on_loop([&] {
    const Piece body{.data = "too late"};
    state.late = state.response->respond({}, {&body, 1});
    state.response->release();
  });
  CHECK(state.late == Status::gone);
}

TEST_CASE("a client that only stops sending gets its answer and is closed afterwards") {
  ResponseWriter* late = nullptr;
  std::promise<void> called;
  LoopFixture server([&](Request&, ResponseWriter& response) {
    late = &response;
    called.set_value();
  });
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.finish();
  called.get_future().wait();
  server.on_loop([&] { answer(*late, "answered"); });
  CHECK(body_of(client.read_to_end()) == "answered");
}

namespace {

// Writes `total` bytes in pieces and waits whenever told to.
struct Streamer {
  ResponseWriter* response;
  std::size_t left;
  std::atomic<int>* waits;
  static void again(void* arg, std::int32_t status) {
    auto* self = static_cast<Streamer*>(arg);
    if (status == 0) return self->go();
    self->response->release();
    delete self;
  }
  void go() {
    static const std::string kPiece(64 * 1024, 'x');
    while (left > 0) {
      const Piece piece{.data = std::string_view(kPiece).substr(0, left)};
      left -= piece.data.size();
      switch (response->write({&piece, 1}, {&Streamer::again, this})) {
        case Status::ok:
          continue;
        case Status::pending:
          ++*waits;
          return;
        default:
          left = 0;
      }
    }
    response->end();
    response->release();
    delete this;
  }
};

}  // namespace

TEST_CASE("a writer waits for a slow reader, and every byte arrives") {
  std::atomic<int> waits = 0;
  constexpr std::size_t kTotal = 8 * 1024 * 1024;
  LoopFixture server([&](Request&, ResponseWriter& response) {
    response.begin({.content_length = kTotal});
    (new Streamer{&response, kTotal, &waits})->go();
  });
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(body_of(client.read_to_end()).size() == kTotal);
  CHECK(waits > 0);
}

TEST_CASE("a reader that never reads is cut after the write time-out, and the writer is told") {
  std::atomic<int> waits = 0;
  LoopFixture server(
      [&](Request&, ResponseWriter& response) {
        response.begin({});
        (new Streamer{&response, 64 * 1024 * 1024, &waits})->go();
      },
      quick(300ms));
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto start = Clock::now();
  while (server.open > 0 && Clock::now() - start < 5s) std::this_thread::yield();
  CHECK(server.open == 0);
}

TEST_CASE("a head that takes too long is 408, however its bytes are spread") {
  LoopFixture server(kHello, quick(300ms));
  Client client = server.connect();
  const auto start = Clock::now();
  client.send("GET / HT");
  CHECK(client.read_to_end().starts_with("HTTP/1.1 408 "));
  CHECK(Clock::now() - start < 3s);
}

TEST_CASE("an idle connection is closed without a word after the keep-alive time") {
  LoopFixture server(kHello, quick(300ms));
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_to_end().ends_with("hello"));
}

TEST_CASE("a handler that never answers is cancelled and the client gets 504") {
  struct State {
    ResponseWriter* response = nullptr;
    std::promise<void> canceled;
  } state;
  LoopFixture server(
      [&](Request&, ResponseWriter& response) {
        state.response = &response;
        response.on_cancel([](void* arg) { static_cast<State*>(arg)->canceled.set_value(); }, &state);
      },
      quick(300ms));
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_to_end().starts_with("HTTP/1.1 504 "));
  state.canceled.get_future().wait();
  server.on_loop([&] { state.response->release(); });
}

TEST_CASE("more connections than allowed are told so") {
  ConnectionOptions options;
  options.connections = 2;
  LoopFixture server(kHello, options);
  Client first = server.connect(), second = server.connect(), third = server.connect();
  CHECK(third.read_to_end().starts_with("HTTP/1.1 503 "));
  first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(first.read_until("hello").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("behind a request that is being answered no more than the look-ahead is read") {
  ConnectionOptions options;
  options.lookahead = 1000;
  for (const std::size_t sent : {999U, 1000U, 1001U}) {
    ResponseWriter* late = nullptr;
    std::promise<void> called;
    LoopFixture server(
        [&](Request& request, ResponseWriter& response) {
          if (request.path != "/late") return answer(response, "hello");
          late = &response;
          called.set_value();
        },
        options);
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    const UniqueFd witness(::dup(fds[1]));  // shows what the server has not read
    Client client(fds[0]);
    server.on_loop([&] { server.serving->serve(UniqueFd(fds[1]), "192.0.2.7:4711"); });
    client.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
    called.get_future().wait();

    const std::string next = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(sent, 'x') + "\r\n\r\n";
    client.send(std::string_view(next).substr(0, sent));
    const auto unread = [&] {
      int bytes = 0;
      ::ioctl(witness.get(), FIONREAD, &bytes);
      return static_cast<std::size_t>(bytes);
    };
    const std::size_t held_back = sent > options.lookahead ? sent - options.lookahead : 0;
    for (int turn = 0; turn < 1000 && unread() > held_back; ++turn) server.on_loop([] {});
    for (int turn = 0; turn < 10; ++turn) server.on_loop([] {});
    CHECK(unread() == held_back);

    server.on_loop([&] { answer(*late, "late"); });
    pollfd readable{client.fd(), POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 10'000) == 1);
    client.send(std::string_view(next).substr(sent));
    const std::string got = client.read_until("hello");
    CHECK(got.find("late") != std::string::npos);
  }
}

TEST_CASE("at the limit the connection that has rested longest makes room for a newcomer") {
  ConnectionOptions options;
  options.connections = 3;
  LoopFixture server(kHello, options);
  std::vector<Client> clients;
  const auto ask = [](Client& client) {
    client.send(kGet);
    CHECK(client.read_until("hello").starts_with("HTTP/1.1 200 "));
  };
  for (int i = 0; i < 3; ++i) ask(clients.emplace_back(server.connect()));
  ask(clients[0]);  // so that clients[1] has rested longest
  ask(clients.emplace_back(server.connect()));
  CHECK(clients[1].read_to_end().empty());
  for (const std::size_t i : {0U, 2U, 3U}) ask(clients[i]);
  CHECK(server.open == 3);
}

TEST_CASE("a connection in use, with a request that has come or a part of one never makes room") {
  ConnectionOptions options;
  options.connections = 3;
  ResponseWriter* late = nullptr;
  std::promise<void> called;
  LoopFixture server(
      [&](Request& request, ResponseWriter& response) {
        if (request.path != "/late") return answer(response, "hello");
        late = &response;
        called.set_value();
      },
      options);
  Client busy = server.connect(), beginning = server.connect(), asking = server.connect();
  busy.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  called.get_future().wait();
  asking.send(kGet);
  asking.read_until("hello");
  beginning.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT");
  beginning.read_until("hello");

  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  Client newcomer(fds[0]);
  server.on_loop([&] {  // the loop reads nothing meanwhile
    ::send(asking.fd(), kGet.data(), kGet.size(), MSG_NOSIGNAL);
    server.serving->serve(UniqueFd(fds[1]), "192.0.2.7:4712");
  });
  CHECK(newcomer.read_to_end().starts_with("HTTP/1.1 503 "));
  CHECK(asking.read_until("hello").starts_with("HTTP/1.1 200 "));
  beginning.send("TP/1.1\r\nHost: x\r\n\r\n");
  CHECK(beginning.read_until("hello").starts_with("HTTP/1.1 200 "));
  server.on_loop([&] { answer(*late, "late"); });
  CHECK(busy.read_until("late").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("draining answers what is in flight with Connection: close and ends idle connections") {
  ResponseWriter* late = nullptr;
  std::promise<void> called;
  LoopFixture server([&](Request& request, ResponseWriter& response) {
    if (request.path != "/late") return answer(response, "hello");
    late = &response;
    called.set_value();
  });
  Client busy = server.connect(), idle = server.connect(), silent = server.connect();
  idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.read_until("hello");
  busy.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  called.get_future().wait();
  server.on_loop([&] { server.serving->drain(); });
  idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");  // it was on its way
  CHECK(idle.read_to_end().find("Connection: close\r\n") != std::string::npos);
  CHECK(silent.read_to_end().empty());
  server.on_loop([&] { answer(*late, "late"); });
  const std::string got = busy.read_to_end();
  CHECK(got.find("Connection: close\r\n") != std::string::npos);
  CHECK(got.ends_with("late"));
}

TEST_CASE("one connection's handler may write to another connection while it is being served") {
  ResponseWriter* stream = nullptr;
  std::promise<void> opened;
  LoopFixture server([&](Request& request, ResponseWriter& response) {
    if (request.path == "/events") {
      response.begin({.content_type = "text/event-stream"});
      stream = &response;
      return opened.set_value();
    }
    const Piece event{.data = "event"};
    stream->write({&event, 1}, {});
    answer(response, "published");
  });
  Client watcher = server.connect(), publisher = server.connect();
  watcher.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  opened.get_future().wait();
  publisher.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string got = publisher.read_until("published");
  CHECK(got.find("event") == std::string::npos);
  const std::string events = watcher.read_until("5\r\nevent\r\n5\r\nevent\r\n");
  CHECK(events.find("published") == std::string::npos);
  server.on_loop([&] {
    stream->end();
    stream->release();
  });
}

TEST_CASE("a handler may set a limit of its own for the body, known or chunked") {
  LoopFixture server([](Request& request, ResponseWriter& response) {
    if (!request.reader->limit(10)) return answer(response, "too much", 413);
    Collector::start(request, response);
  });
  const auto post = [&](std::string_view framing, std::string_view first, std::string_view second) {
    Client client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + std::string(framing) + "\r\n\r\n" +
                std::string(first));
    server.on_loop([] {});
    client.send(second);
    return client.read_to_end().substr(9, 3);
  };
  CHECK(post("Content-Length: 10", "01234", "56789") == "200");
  CHECK(post("Content-Length: 11", "01234", "567890") == "413");
  CHECK(post("Transfer-Encoding: chunked", "5\r\n01234\r\n", "5\r\n56789\r\n0\r\n\r\n") == "200");
  CHECK(post("Transfer-Encoding: chunked", "5\r\n01234\r\n", "6\r\n567890\r\n0\r\n\r\n") == "413");
}

namespace {

// Begins its answer at once and copies the body into it.
struct Echo {
  Request* request;
  ResponseWriter* response;
  static void start(Request& request, ResponseWriter& response) {
    response.begin({.content_length = request.content_length});
    (new Echo{&request, &response})->go();
  }
  static void again(void* arg, std::int32_t) { static_cast<Echo*>(arg)->go(); }
  void go() {
    for (std::string_view chunk;;) {
      const Status read = request->reader->next(chunk, {&Echo::again, this});
      if (read == Status::pending) return;
      if (read == Status::eof) response->end();
      if (read != Status::ok) break;
      const Piece piece{.data = chunk};
      if (response->write({&piece, 1}, {&Echo::again, this}) == Status::pending) return;
    }
    response->release();
    delete this;
  }
};

}  // namespace

TEST_CASE("an answer that is begun before the request is complete still gives way to a 4xx") {
  LoopFixture server(&Echo::start);
  const auto talk = [&](std::string_view head, std::string_view body, bool finish) {
    Client client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + std::string(head) + "\r\n\r\n");
    server.on_loop([] {});
    client.send(body);
    if (finish) client.finish();
    return client.read_to_end();
  };
  CHECK(talk("Content-Length: 5", "hel", true).starts_with("HTTP/1.1 400 "));
  CHECK(talk("Transfer-Encoding: chunked", "5\r\nhello!!", false).starts_with("HTTP/1.1 400 "));
  CHECK(body_of(talk("Content-Length: 5", "hello", false)) == "hello");
  Client expecting = server.connect();
  expecting.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(expecting.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  expecting.send("hello");
  CHECK(body_of(expecting.read_until("hello")) == "hello");
}

TEST_CASE("a large body flows through a handler that answers while it reads") {
  ConnectionOptions options;
  options.limits.body = 10'000'000;
  LoopFixture server(&Echo::start, options);
  Client client = server.connect();
  const std::string large(3'000'000, 'x');
  std::thread sender([&] {
    client.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n");
    client.send(large);
  });
  CHECK(body_of(client.read_to_end()).size() == large.size());
  sender.join();
}

namespace {

// A handler that lends four megabytes and ends its stream when they are written.
struct Loan {
  std::string text = std::string(4'000'000, 'x');
  ResponseWriter* response = nullptr;
  std::atomic<int> released = 0, released_when_done = -1;
  std::atomic<Status> written = Status::ok;

  void operator()(Request&, ResponseWriter& writer) {
    response = &writer;
    const Piece piece{.data = text, .release = [](void* arg) { ++static_cast<Loan*>(arg)->released; }, .arg = this};
    response->begin({});
    written = response->write({&piece, 1}, {&Loan::done, this});
  }
  static void done(void* arg, std::int32_t) {
    auto& self = *static_cast<Loan*>(arg);
    self.released_when_done = self.released.load();
    self.response->end();
    self.response->release();
  }
};

}  // namespace

TEST_CASE("a large piece is sent from where it is, and given back once, before its writer goes on") {
  Loan loan;
  LoopFixture server(std::ref(loan));
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(client.read_to_end().size() > loan.text.size());
  CHECK(loan.written == Status::pending);
  CHECK(loan.released_when_done == 1);
  CHECK(loan.released == 1);
}

TEST_CASE("a large piece is given back when the client leaves in the middle of it") {
  Loan loan;
  {
    LoopFixture server(std::ref(loan));
    Client client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_some();
    client.leave();
  }
  CHECK(loan.released == 1);
}

TEST_CASE("a handler that fails while its early answer is held gets its 500 to the client") {
  LoopFixture server([](Request& request, ResponseWriter& response) {
    response.begin({});
    if (request.path == "/fail") response.fail("as planned");
    response.release();
  });
  for (const std::string path : {"/fail", "/leave"}) {
    Client client = server.connect();
    client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
    CHECK(client.read_until("\n").starts_with("HTTP/1.1 500 "));
  }
}

TEST_CASE("a write from outside the connection's own events goes on when the client reads") {
  ResponseWriter* stream = nullptr;
  std::promise<void> opened, written;
  Status status = Status::ok;
  LoopFixture server([&](Request&, ResponseWriter& response) {
    response.begin({.content_length = 4'000'000});
    stream = &response;
    opened.set_value();
  });
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  opened.get_future().wait();
  const std::string large(4'000'000, 'x');
  server.on_loop([&] {
    const Piece piece{.data = large};
    const auto done = [](void* arg, std::int32_t) { static_cast<std::promise<void>*>(arg)->set_value(); };
    status = stream->write({&piece, 1}, {done, &written});
  });
  CHECK(status == Status::pending);
  std::string got;
  std::thread reader([&] { got = client.read_to_end(); });
  CHECK(written.get_future().wait_for(10s) == std::future_status::ready);
  server.on_loop([&] {
    stream->end();
    stream->release();
  });
  reader.join();
  CHECK(body_of(got).size() == large.size());
}

TEST_CASE("an answer that is complete arrives also when the next one breaks off") {
  LoopFixture server([](Request& request, ResponseWriter& response) {
    if (request.path == "/whole") return answer(response, "whole");
    response.begin({.content_length = 10});
    const Piece piece{.data = "part"};
    response.write({&piece, 1}, {});
    response.release();
  });
  Client client = server.connect();
  client.send(
      "GET /whole HTTP/1.1\r\nHost: x\r\n\r\nGET /part HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string got = client.read_to_end();
  CHECK(got.find("whole") != std::string::npos);
  CHECK(got.ends_with("part"));
}

TEST_CASE("content that turns out broken behind its answer is not answered twice") {
  LoopFixture server([](Request&, ResponseWriter& response) { answer(response, "early"); });
  Client client = server.connect();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  client.read_until("early");
  client.send("zz\r\n\r\n");
  CHECK(client.read_to_end().empty());
}

namespace {

// A file without a name, with this in it.
UniqueFd file_of(std::string_view content) {
  UniqueFd fd(::memfd_create("test", MFD_CLOEXEC));
  REQUIRE(fd);
  REQUIRE(::write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  return fd;
}

// Answers with parts of a file, each as soon as the one before has left; the descriptor is closed at once.
struct FileSender {
  ResponseWriter& response;
  std::vector<Piece> parts;
  std::size_t next = 0;

  static void again(void* arg, std::int32_t status) {
    auto* self = static_cast<FileSender*>(arg);
    if (status < 0) return self->stop();
    self->go();
  }
  void go() {
    while (next < parts.size()) {
      Piece part = parts[next++];
      const UniqueFd own(::dup(part.fd));
      part.fd = own.get();
      const Status status = response.write({&part, 1}, {&FileSender::again, this});
      if (status == Status::pending) return;
      if (status < Status::ok) return stop();
    }
    response.end();
    stop();
  }
  void stop() {
    response.release();
    delete this;
  }
};

}  // namespace

TEST_CASE("parts of a file are sent from the file, with either framing, however slowly they are read") {
  std::string content;
  while (content.size() < 3'000'000) content += std::to_string(content.size()) + " ";
  const UniqueFd file = file_of(content);
  for (const bool known : {true, false}) {
    LoopFixture server([&](Request&, ResponseWriter& response) {
      const Piece rest{.fd = file.get(), .offset = 10, .length = content.size() - 10};
      const Piece start{.fd = file.get(), .offset = 0, .length = 10};
      response.begin({.content_length = known ? static_cast<std::int64_t>(content.size() + 10) : -1});
      (new FileSender{response, {start, rest, start}})->go();
    });
    Client client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 3; ++i) {
      client.read_some();
      std::this_thread::yield();
    }
    const std::string rest = client.read_to_end();
    CHECK(rest.find(content.substr(2'000'000)) != std::string::npos);
    CHECK(rest.ends_with(content.substr(0, 10) + (known ? "" : "\r\n0\r\n\r\n")));
  }
}

TEST_CASE("a response to HEAD sends nothing of a file") {
  const UniqueFd file = file_of("hello");
  LoopFixture server([&](Request&, ResponseWriter& response) {
    const Piece all{.fd = file.get(), .offset = 0, .length = 5};
    response.respond({}, {&all, 1});
    response.release();
  });
  Client client = server.connect();
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string got = client.read_until("hello");
  CHECK(got.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(got.find("\r\n\r\nHTTP/1.1 200 OK") != std::string::npos);
}

TEST_CASE("a file that is shorter than announced cuts the connection") {
  const UniqueFd file = file_of("hello");
  LoopFixture server([&](Request&, ResponseWriter& response) {
    const Piece all{.fd = file.get(), .offset = 0, .length = 50};
    response.respond({}, {&all, 1});
    response.release();
  });
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_to_end().find("hello") != std::string::npos);
}

TEST_CASE("a file follows what was held back until the request is complete") {
  const UniqueFd file = file_of("the file");
  LoopFixture server([&](Request&, ResponseWriter& response) {
    const Piece text{.data = "first "}, all{.fd = file.get(), .offset = 0, .length = 8};
    response.begin({.content_length = 14});
    response.write({&text, 1}, {});
    response.write({&all, 1}, {});
    response.end();
    response.release();
  });
  Client client = server.connect();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  CHECK(body_of(client.read_until("the file")) == "first the file");
  client.send("cde");
}

TEST_CASE("a client that leaves in the middle of a file ends its handler, and no descriptor stays open") {
  const UniqueFd file = file_of(std::string(8'000'000, 'x'));
  std::promise<std::int32_t> ended;
  struct Waiting {
    ResponseWriter& response;
    std::promise<std::int32_t>& ended;
  };
  LoopFixture server([&](Request&, ResponseWriter& response) {
    const Piece all{.fd = file.get(), .offset = 0, .length = 8'000'000};
    response.begin({.content_length = 8'000'000});
    const auto over = [](void* arg, std::int32_t result) {
      const std::unique_ptr<Waiting> w(static_cast<Waiting*>(arg));
      w->response.release();
      w->ended.set_value(result);
    };
    auto* waiting = new Waiting{response, ended};
    const Status status = response.write({&all, 1}, {over, waiting});
    if (status != Status::pending) over(waiting, static_cast<std::int32_t>(status));
  });
  const auto open_files = [] {
    const auto entries = std::filesystem::directory_iterator("/proc/self/fd");
    return std::distance(begin(entries), end(entries));
  };
  Client client = server.connect();
  const auto before = open_files();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_some();
  client.leave();
  CHECK(ended.get_future().get() == static_cast<std::int32_t>(Status::gone));
  server.on_loop([] {});
  CHECK(open_files() < before);
}

TEST_CASE("what a handler writes later than its request goes on when the socket has room") {
  const UniqueFd file = file_of(std::string(3'000'000, 'x'));
  for (const bool from_file : {true, false}) {
    std::promise<ResponseWriter*> asked;
    std::atomic<int> waits = 0;
    LoopFixture server([&](Request&, ResponseWriter& response) { asked.set_value(&response); });
    Client client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ResponseWriter& response = *asked.get_future().get();
    server.on_loop([&] {
      response.begin({.content_length = from_file ? 3'000'000 : -1});
      if (from_file)
        (new FileSender{response, {Piece{.fd = file.get(), .offset = 0, .length = 3'000'000}}})->go();
      else
        (new Streamer{&response, 3'000'000, &waits})->go();
    });
    CHECK(body_of(client.read_to_end()).size() >= 3'000'000);
  }
}
