// The Redis client: against a real redis-server, and against a scripted one where the server has to misbehave.
#include <doctest/doctest.h>
#include <appserve/redis.hpp>
#include <appserve/test.hpp>

#include "../support/redis_server.hpp"

using namespace appserve;
using Kind = RedisError::Kind;

namespace {

const bool no_redis = RedisServer::missing();
constexpr std::chrono::milliseconds kPatience{300};

/// A server that says what the test wants, on a Unix socket.
class FakeRedis {
 public:
  class Connection {
   public:
    explicit Connection(int fd = -1) : fd_(fd) {}
    Connection(Connection&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Connection& operator=(Connection&& other) noexcept {
      std::swap(fd_, other.fd_);
      return *this;
    }
    ~Connection() {
      if (fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }

   private:
    int fd_;
  };
  FakeRedis() {
    char folder[] = "/tmp/appserve-fake-XXXXXX";
    REQUIRE(::mkdtemp(folder));
    folder_ = folder;
    listen();
  }
  ~FakeRedis() {
    hang_up();
    ::close(listener_);
    std::filesystem::remove_all(folder_);
  }
  std::string url() const { return "unix://" + path(); }
  /// Takes the next connection and answers its SELECT.
  void accept() {
    client_ = Connection(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    REQUIRE(client_.fd() >= 0);
    CHECK(hear("0\r\n").starts_with("*2\r\n$6\r\nSELECT"));
    say("+OK\r\n");
  }
  /// Reads up to and with `end`.
  std::string hear(const std::string& end) {
    std::string heard;
    char c = 0;
    while (!heard.ends_with(end)) {
      REQUIRE(::recv(client_.fd(), &c, 1, 0) == 1);
      heard.push_back(c);
    }
    return heard;
  }
  void say(const std::string& text) const {
    REQUIRE(::send(client_.fd(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  void hang_up() { client_ = Connection(); }
  /// The connection goes on, unheard.
  Connection take() { return std::move(client_); }

 private:
  std::string path() const { return folder_ + "/fake.sock"; }
  void listen() {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, path().size());
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
  }
  std::string folder_;
  int listener_ = -1;
  Connection client_;
};

/// GET /get/KEY, POST /set/KEY: what came, or the kind and the text of the error.
struct Client {
  std::optional<Redis> redis;
  TestClient http;

  explicit Client(const std::string& url, RedisOptions options = {}, TestOptions test = {.patience = kPatience})
      : http([&](App& app) { build(app, url, options); }, std::move(test)) {}

  void build(App& app, const std::string& url, const RedisOptions& options) {
    redis.emplace(app, url, options);
    const Redis r = *redis;
    app.get("/get/{key}",
            [r](std::string key) -> Task<std::string> { co_return (co_await r.command("GET", key)).str(); });
    app.post("/set/{key}", [r](std::string key, Body body) -> Task<std::string> {
      co_return (co_await r.command("SET", key, body.text)).str();
    });
    app.on_error(
        [](const RedisError& e) { return std::pair{500 + static_cast<int>(e.kind()), std::string(e.what())}; });
  }
  Kind kind_of(const TestResponse& r) const {
    REQUIRE(r.status >= 500);
    return static_cast<Kind>(r.status - 500);
  }
  RedisReply ask(std::vector<std::string> words) {
    return http.run([](Redis r, std::vector<std::string> w) -> Task<RedisReply> { co_return co_await r.command(w); }(
                                                                *redis, std::move(words)));
  }
};

template <class F>
void check_fails(Kind kind, F f) {
  try {
    f();
    FAIL("no RedisError");
  } catch (const RedisError& error) {
    CAPTURE(error.what());
    CHECK(error.kind() == kind);
  }
}

}  // namespace

TEST_CASE("a Redis URL says where and who, and its name keeps the password") {
  using detail::RedisAddress;
  const auto a = RedisAddress::parse("redis://ann:p%40ss@db.example:7000/3");
  CHECK((a.user == "ann" && a.password == "p@ss" && a.host == "db.example" && a.port == "7000" && a.database == 3));
  CHECK(a.name() == "redis://db.example:7000/3");
  const auto b = RedisAddress::parse("redis://:secret@[::1]");
  CHECK((b.user.empty() && b.password == "secret" && b.host == "::1" && b.port == "6379" && b.database == 0));
  CHECK(b.name() == "redis://[::1]:6379/0");
  const auto c = RedisAddress::parse("unix://:secret@/run/redis.sock?db=2");
  CHECK((c.password == "secret" && c.path == "/run/redis.sock" && c.database == 2));
  CHECK(c.name() == "unix:///run/redis.sock?db=2");
  for (const char* wrong :
       {"", "localhost", "rediss://h", "redis://", "redis://h:x", "redis://h/x", "redis://h/-1", "redis://[::1",
        "redis://ann@h", "unix://run", "unix:///s?x=1", "redis://h:", "redis://h:6379x"}) {
    CAPTURE(wrong);
    check_fails(Kind::refused, [&] { RedisAddress::parse(wrong); });
  }
}

TEST_CASE("commands and their replies" * doctest::skip(no_redis)) {
  RedisServer server;
  for (const std::string& url : {server.url() + "/1", server.unix_url() + "?db=1"}) {
    Client c(url);
    CHECK(c.ask({"FLUSHDB"}).text() == "OK");
    CHECK(c.ask({"SET", "a b", std::string("x\0\r\ny", 5)}).text() == "OK");
    CHECK(c.ask({"GET", "a b"}).str() == std::string("x\0\r\ny", 5));
    CHECK(c.ask({"INCRBY", "n", "41"}).integer() == 41);
    CHECK(c.ask({"GET", "n"}).integer() == 41);
    CHECK_FALSE(c.ask({"GET", "nothing"}));
    CHECK(c.ask({"GET", "nothing"}).optional() == std::nullopt);
    c.ask({"RPUSH", "list", "1", "2", "3"});
    CHECK(c.ask({"LRANGE", "list", "0", "-1"}).strings() == std::vector<std::string>{"1", "2", "3"});
    check_fails(Kind::reply, [&] { c.ask({"INCR", "a b"}); });
    check_fails(Kind::reply, [&] { c.ask({"NONSENSE"}); });
    check_fails(Kind::unexpected, [&] { c.ask({"GET", "a b"}).integer(); });
    check_fails(Kind::unexpected, [&] { c.ask({"GET", "a b"}).strings(); });
    CHECK(c.ask({"GET", "a b"}).is_nil() == false);  // an error reply harms nobody
  }
}

TEST_CASE("words are text and numbers of any kind" * doctest::skip(no_redis)) {
  RedisServer server;
  Client c(server.url());
  const auto sum = c.http.run([](Redis r) -> Task<std::int64_t> {
    co_await r.command("SET", std::string("k"), 40);
    co_await r.command(std::string_view("INCRBY"), "k", std::int64_t{2});
    co_return (co_await r.command("GET", "k")).integer();
  }(*c.redis));
  CHECK(sum == 42);
}

TEST_CASE("a pipeline's commands stay together; errors are among its replies; MULTI makes it a transaction" *
          doctest::skip(no_redis)) {
  RedisServer server;
  Client c(server.url());
  const auto replies = c.http.run([](Redis r) -> Task<std::vector<RedisReply>> {
    RedisCommands commands;
    commands.add("SET", "a", 1).add("LPUSH", "a", "x").add("MULTI").add("INCR", "a").add("INCR", "a").add("EXEC");
    co_return co_await r.pipeline(commands);
  }(*c.redis));
  REQUIRE(replies.size() == 6);
  CHECK(replies[0].text() == "OK");
  CHECK(replies[1].is_error());
  CHECK(replies[5][0].integer() == 2);
  CHECK(replies[5][1].integer() == 3);
}

TEST_CASE("many at once on every loop: each gets its own reply, in any order of events" * doctest::skip(no_redis)) {
  RedisServer server;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    CAPTURE(seed);
    Client c(server.url(), {}, {.loops = 2, .chaos = seed, .patience = kPatience});
    std::vector<TestCall> calls;
    for (int i = 0; i < 200; ++i)
      c.ask({"SET", "k" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 50, 'v')});
    for (int i = 0; i < 200; ++i)
      calls.push_back(
          c.http.start({.target = "/get/k" + std::to_string(i), .loop = static_cast<std::uint32_t>(i % 2)}));
    REQUIRE(c.http.until([&] { return c.http.in_flight() == 0; }));
    for (std::size_t i = 0; i < calls.size(); ++i) CHECK(calls[i].body().size() == i * 50);
  }
}

TEST_CASE("a caller that leaves does not disturb the replies of the others") {
  FakeRedis server;
  Client c(server.url());
  server.accept();
  auto first = c.http.start({.target = "/get/first"});
  auto second = c.http.start({.target = "/get/second"});
  auto third = c.http.start({.target = "/get/third"});
  server.hear("third\r\n");
  c.http.disconnect(second);
  CHECK_FALSE(second.pending());
  server.say("$1\r\n1\r\n$1\r\n2\r\n");
  REQUIRE(c.http.until([&] { return !first.pending(); }));
  CHECK(third.pending());
  server.say("$1\r\n3\r\n");
  REQUIRE(c.http.until([&] { return !third.pending(); }));
  CHECK(first.body() == "1");
  CHECK(third.body() == "3");
  CHECK(c.http.in_flight() == 0);
}

TEST_CASE("what is cancelled before it was sent never is") {
  FakeRedis server;
  Client c(server.url());
  auto early = c.http.start({.target = "/get/early"});  // not connected yet
  c.http.disconnect(early);
  server.accept();
  auto late = c.http.start({.target = "/get/late"});
  CHECK(server.hear("late\r\n").find("early") == std::string::npos);
  server.say("$2\r\nok\r\n");
  REQUIRE(c.http.until([&] { return !late.pending(); }));
  CHECK(late.body() == "ok");
}

TEST_CASE("a reply may come in any pieces") {
  FakeRedis server;
  Client c(server.url());
  server.accept();
  auto call = c.http.start({.target = "/get/k"});
  server.hear("k\r\n");
  for (const char ch : std::string("$5\r\nhe\r\no\r\n")) {
    CHECK(call.pending());
    server.say(std::string(1, ch));
    c.http.settle();
  }
  CHECK(call.body() == "he\r\no");
}

TEST_CASE(
    "a server that dies between two replies: the one that came is kept, the other is lost, the unsent is sent again") {
  FakeRedis server;
  Client c(server.url());
  server.accept();
  auto first = c.http.start({.target = "/get/first"});
  auto second = c.http.start({.target = "/get/second"});
  server.hear("second\r\n");
  server.say("$1\r\n1\r\n$1\r\n");  // the second reply is torn
  server.hang_up();
  REQUIRE(c.http.until([&] { return c.http.in_flight() == 0; }));
  CHECK(first.body() == "1");
  CHECK(c.kind_of(second.response()) == Kind::lost);
  auto third = c.http.start({.target = "/get/third"});  // queued: the connection is being made again
  CHECK(third.pending());
  c.http.advance(100ms);
  server.accept();
  c.http.settle();
  CHECK(server.hear("third\r\n").find("second") == std::string::npos);
  server.say("$1\r\n3\r\n");
  REQUIRE(c.http.until([&] { return !third.pending(); }));
  CHECK(third.body() == "3");
}

TEST_CASE("a silent server is a timeout, and a late reply is nobody else's") {
  FakeRedis server;
  Client c(server.url(), {.timeout = 1s}, {});
  c.http.settle();
  server.accept();
  auto slow = c.http.start({.target = "/get/slow"});
  c.http.advance(900ms);
  CHECK(slow.pending());
  c.http.advance(400ms);
  CHECK(c.kind_of(slow.response()) == Kind::timed_out);
  CHECK(slow.body().find("no reply in time") != std::string::npos);
  auto next = c.http.start({.target = "/get/next"});
  server.hear("next\r\n");
  server.say("$4\r\nslow\r\n$4\r\nnext\r\n");
  c.http.settle();
  CHECK(next.body() == "next");
}

TEST_CASE("a connection that stays silent for long is replaced") {
  FakeRedis server;
  Client c(server.url(), {.timeout = 1s}, {});
  c.http.settle();
  server.accept();
  auto dead = c.http.start({.target = "/get/dead"});
  c.http.advance(3s);
  CHECK(c.kind_of(dead.response()) == Kind::timed_out);
  server.hang_up();
  server.accept();
  auto alive = c.http.start({.target = "/get/alive"});
  c.http.advance(1ms);
  server.hear("alive\r\n");
  server.say("$5\r\nalive\r\n");
  c.http.settle();
  CHECK(alive.body() == "alive");
}

TEST_CASE("the queue is bounded, waiting for the server or for the connection") {
  FakeRedis server;
  Client c(server.url(), {.max_waiting = 2}, {});
  auto a = c.http.start({.target = "/get/a"});
  auto b = c.http.start({.target = "/get/b"});
  CHECK(c.kind_of(c.http.get("/get/c")) == Kind::overloaded);
  server.accept();
  c.http.settle();
  server.hear("b\r\n");
  CHECK(c.kind_of(c.http.get("/get/d")) == Kind::overloaded);
  server.say("$1\r\na\r\n$1\r\nb\r\n");
  c.http.settle();
  CHECK(a.body() == "a");
  auto e = c.http.start({.target = "/get/e"});
  CHECK(e.pending());
  c.http.disconnect(e);
}

TEST_CASE("a server that speaks something else is said to") {
  FakeRedis server;
  Client c(server.url(), {}, {});
  c.http.settle();
  server.accept();
  auto call = c.http.start({.target = "/get/k"});
  server.say("HTTP/1.1 400 Bad Request\r\n\r\n");
  c.http.settle();
  CHECK(c.kind_of(call.response()) == Kind::lost);
  CHECK(call.body().find("does not speak Redis' language") != std::string::npos);
}

TEST_CASE("nobody there: commands fail at once with a sentence, the log says it once, and it is found when it comes" *
          doctest::skip(no_redis)) {
  RedisServer server;
  server.stop();
  Client c(server.url());
  c.http.advance(1s);
  for (int i = 0; i < 3; ++i) {
    auto call = c.http.start({.target = "/get/k"});
    CHECK_FALSE(call.pending());
    CHECK(c.kind_of(call.response()) == Kind::unreachable);
    CHECK(call.body() == server.url() + "/0: Connection refused");
  }
  CHECK(c.http.log() == std::vector<std::string>{server.url() + "/0: Connection refused; trying again and again"});
  server.start();
  c.http.advance(3s);
  c.http.until([&] { return c.http.log().size() == 2; });
  CHECK(c.http.log().back() == server.url() + "/0: connected again");
  CHECK(c.http.post("/set/k", "v").body == "OK");
}

TEST_CASE("a restarted server is found again" * doctest::skip(no_redis)) {
  RedisServer server;
  Client c(server.url());
  CHECK(c.http.post("/set/k", "v").body == "OK");
  server.stop();
  c.http.until([&] { return !c.http.log().empty(); });
  server.start();
  REQUIRE(c.http.until([&] { return c.http.post("/set/k", "v").status == 200; }));
}

TEST_CASE("a frozen server costs its timeout, and goes on when it thaws" * doctest::skip(no_redis)) {
  RedisServer server;
  Client c(server.url(), {.timeout = 400ms}, {.patience = 10ms});
  REQUIRE(c.http.until([&] { return c.http.post("/set/k", "v").status == 200; }));
  server.freeze();
  CHECK(c.kind_of(c.http.get("/get/k")) == Kind::timed_out);
  server.thaw();
  REQUIRE(c.http.until([&] { return c.http.get("/get/k").body == "v"; }));
}

TEST_CASE("a wrong password is said, not the password" * doctest::skip(no_redis)) {
  RedisServer server({"--requirepass", "secret"});
  std::string right = server.url(), wrong = server.url();
  right.insert(8, ":secret@");
  wrong.insert(8, ":guess@");
  Client good(right);
  CHECK(good.http.post("/set/k", "v").body == "OK");
  for (const std::string& url : {wrong, server.url()}) {
    Client bad(url);
    REQUIRE(bad.http.until([&] { return !bad.http.log().empty(); }));
    const auto answer = bad.http.get("/get/k");
    CHECK(bad.kind_of(answer) == Kind::refused);
    CHECK(answer.body.find("guess") == std::string::npos);
    CHECK(answer.body.find(url == wrong ? "the login is refused: WRONGPASS" : "NOAUTH") != std::string::npos);
  }
}

TEST_CASE("a subscription hears what is published, in order" * doctest::skip(no_redis)) {
  RedisServer server;
  Client c(server.url());
  const auto heard = c.http.run([](Redis r) -> Task<std::vector<std::string>> {
    RedisSubscription news = co_await r.subscribe("one", "two");
    CHECK_FALSE(co_await within(20ms, news.next()));  // cut short: nothing is lost
    for (int i = 0; i < 3; ++i) co_await r.command("PUBLISH", i == 1 ? "two" : "one", i);
    std::vector<std::string> all;
    for (int i = 0; i < 3; ++i) {
      const RedisMessage m = co_await news.next();
      all.push_back(m.channel + ":" + m.text);
    }
    co_return all;
  }(*c.redis));
  CHECK(heard == std::vector<std::string>{"one:0", "two:1", "one:2"});
}

TEST_CASE("a subscription says when its connection is lost" * doctest::skip(no_redis)) {
  RedisServer server;
  Client c(server.url());
  auto news = c.http.run([](Redis r) -> Task<RedisSubscription> { co_return co_await r.subscribe("one"); }(*c.redis));
  server.stop();
  check_fails(Kind::lost, [&] { c.http.run(news.next()); });
}

TEST_CASE("a quiet subscription asks whether anybody is there, and gives up when nobody is") {
  FakeRedis server;
  Client c(server.url(), {}, {});
  c.http.settle();
  server.accept();
  const FakeRedis::Connection own = server.take();  // the client's; the next is the subscription's
  std::optional<Kind> ended;
  TestClient listener([&](App& app) {
    const Redis redis(app, server.url());
    app.on_start([redis, &ended]() -> Task<> {
      try {
        RedisSubscription news = co_await redis.subscribe("one");
        co_await news.next();
      } catch (const RedisError& error) {
        ended = error.kind();
      }
    });
  });
  server.accept();
  const FakeRedis::Connection client = server.take();
  server.accept();
  listener.settle();
  server.hear("one\r\n");
  server.say("*3\r\n$9\r\nsubscribe\r\n$3\r\none\r\n:1\r\n");
  listener.advance(31s);
  CHECK(server.hear("PING\r\n") == "*1\r\n$4\r\nPING\r\n");
  server.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  listener.advance(31s);
  server.hear("PING\r\n");
  CHECK_FALSE(ended);
  listener.advance(31s);
  CHECK(ended == Kind::lost);
}

TEST_CASE("an app that stops leaves nothing behind, whatever its clients are doing") {
  FakeRedis silent, server;
  {
    Client never_connected("unix:///nonexistent/redis.sock", {}, {});
    Client connecting(silent.url(), {}, {});
  }
  Client waiting(server.url(), {}, {});
  waiting.http.settle();
  server.accept();
  auto call = waiting.http.start({.target = "/get/k"});
  waiting.http.cancel(call);
  CHECK_FALSE(call.pending());
}
