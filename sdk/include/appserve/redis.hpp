// appserve/redis.hpp - Redis from coroutines: one connection per loop, shared by all requests there, over hiredis.
//
//   App create_app(const Config& config) {
//     App app;
//     Redis redis(app, config.get_or<std::string>("redis", "redis://127.0.0.1:6379/0"));
//     app.post("/hits/{page}", [redis](std::string page) -> Task<std::string> {
//       const RedisReply hits = co_await redis.command("INCR", "hits:" + page);
//       co_return std::to_string(hits.integer()) + "\n";
//     });
//     app.on_error([](const RedisError&) { return Response(503, "try again soon\n"); });
//     return app;
//   }
//
// Build with -lhiredis (libhiredis-dev). Commands that are issued at the same time travel together, and their replies
// come back in order. A cancelled command's reply is dropped when it comes. A broken connection is made again by
// itself; while there is none, commands fail at once. Commands that block in Redis (BLPOP) or change the connection's
// state (SELECT, WATCH, SUBSCRIBE) do not belong on a shared connection: use subscribe(), and Lua or MULTI in a
// pipeline.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/redis_client.hpp>

namespace appserve {
inline namespace v1 {

namespace detail {

/// A loop's client in the hands of the app: ends it with the loop.
class RedisHolder {
 public:
  RedisHolder(const Loop& loop, const RedisAddress& address, const RedisOptions& options)
      : client_(std::make_shared<RedisClient>(loop, address, options)) {
    client_->start();
  }
  RedisHolder(const RedisHolder&) = delete;
  RedisHolder& operator=(const RedisHolder&) = delete;
  ~RedisHolder() { client_->stop(); }
  RedisClient& client() const noexcept { return *client_; }

 private:
  std::shared_ptr<RedisClient> client_;
};

/// Waits for the replies of one call.
class RedisWait : Wait, RedisWaiter {
 public:
  RedisWait(PerLoop<RedisHolder> clients, RedisCommands commands) noexcept
      : clients_(clients), commands_(std::move(commands)) {}
  ~RedisWait() = default;

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    scope_ = &scope_of(h);
    if (scope_->cancelled()) throw Cancelled();
    const RedisHolder* holder = clients_.find(scope_->loop);
    if (!holder) throw RedisError(RedisError::Kind::unreachable, "Redis: the app is not running on this loop");
    client_ = &holder->client();
    waiting_ = h;
    call_ = &client_->submit(std::move(commands_), *this);
    scope_->add(*this);
    return true;
  }

 protected:
  std::vector<RedisReply> take() {
    if (cut_) throw Cancelled();
    if (error_) std::rethrow_exception(std::move(error_));
    return std::move(replies_);
  }

 private:
  void finish(std::vector<RedisReply> replies, std::exception_ptr error) noexcept override {
    unlink();
    replies_ = std::move(replies);
    error_ = std::move(error);
    waiting_.resume();
  }
  void cut() noexcept override {
    cut_ = true;
    client_->abandon(*call_);
    scope_->host->post(
        scope_->ctx, scope_->loop, [](void* self) { static_cast<RedisWait*>(self)->waiting_.resume(); }, this);
  }

  PerLoop<RedisHolder> clients_;
  RedisCommands commands_;
  Scope* scope_ = nullptr;
  RedisClient* client_ = nullptr;
  RedisCall* call_ = nullptr;
  std::coroutine_handle<> waiting_;
  std::vector<RedisReply> replies_;
  std::exception_ptr error_;
  bool cut_ = false;
};

struct RedisCommand final : RedisWait {
  using RedisWait::RedisWait;
  RedisReply await_resume() {
    RedisReply reply = std::move(take().front());
    if (reply.is_error()) throw RedisError(RedisError::Kind::reply, "Redis: " + reply.str());
    return reply;
  }
};

struct RedisPipeline final : RedisWait {
  using RedisWait::RedisWait;
  std::vector<RedisReply> await_resume() { return take(); }
};

}  // namespace detail

/// What was published: text, on a channel.
struct RedisMessage {
  std::string channel, text;
};

/// Messages of the channels it was made for, on a connection of its own. What is published while nobody listens, or
/// between a lost connection and the next subscribe(), is gone: after subscribing, look at the state itself.
class RedisSubscription {
 public:
  /// The next message. Throws RedisError when the connection is lost (also when a server that seems to be there answers
  /// nothing for a minute): subscribe again. Cutting it short, with within() say, loses no message.
  Task<RedisMessage> next() {
    if (!early_.empty()) {
      RedisMessage message = std::move(early_.front());
      early_.pop_front();
      co_return message;
    }
    for (bool asked = false;;) {
      std::optional<RedisReply> reply = co_await within(kQuiet, link_->read());
      if (reply && is_message(*reply)) co_return message(*reply);
      if (!reply && asked) throw RedisError(RedisError::Kind::lost, link_->about("the server does not answer"));
      if (!reply) co_await ping();
      asked = !reply;
    }
  }

 private:
  friend class Redis;
  static constexpr std::chrono::seconds kQuiet{30};

  RedisSubscription(const Loop& loop, const detail::RedisAddress& address)
      : address_(std::make_unique<const detail::RedisAddress>(address)),
        link_(std::make_unique<detail::RedisLink>(*address_, loop)) {}

  static bool is_message(const RedisReply& r) { return r.is_array() && r.size() == 3 && r[0].text() == "message"; }
  static RedisMessage message(const RedisReply& r) { return {r[1].str(), r[2].str()}; }
  Task<> ping() {
    std::string text = RedisCommands().add("PING").bytes();
    while (!text.empty())
      if (!link_->send(text)) co_await link_->writable();
  }

  std::unique_ptr<const detail::RedisAddress> address_;
  std::unique_ptr<detail::RedisLink> link_;
  std::deque<RedisMessage> early_;  // came before every channel was confirmed
};

/// A Redis server for an app's handlers and background tasks. Belongs to the app; copies mean the same. What it returns
/// is awaited in a Task of the app, once, on any of its loops.
class Redis {
 public:
  /// While the app is being built. Throws RedisError for a URL that is none; connects when the loops start, and says in
  /// the log when it cannot. URL: redis://[[user]:password@]host[:port][/db], unix://[[user]:password@]/path[?db=N].
  Redis(App& app, std::string_view url, const RedisOptions& options = {})
      : address_(std::make_shared<const detail::RedisAddress>(detail::RedisAddress::parse(url))),
        options_(options),
        clients_(app.per_loop<detail::RedisHolder>([address = address_, options](const Loop& loop) {
          return detail::RedisHolder(loop, *address, options);
        })) {}

  /// One command: words are text or integers. The reply; throws RedisError, also for an error reply.
  template <class... Words>
  detail::RedisCommand command(const Words&... words) const {
    return {clients_, RedisCommands().add(words...)};
  }
  /// The same, with any number of words.
  detail::RedisCommand command(const std::vector<std::string>& words) const {
    return {clients_, RedisCommands().add_words({words.begin(), words.end()})};
  }

  /// Several commands in one go, nothing of others in between:
  /// `co_await redis.pipeline(RedisCommands().add("SET", "a", 1).add("GET", "b"))`. The replies in order, error replies
  /// among them as values. Begun with MULTI and ended with EXEC they are a transaction: its result is the last reply.
  detail::RedisPipeline pipeline(RedisCommands commands) const { return {clients_, std::move(commands)}; }

  /// Listens to channels; ends with the object. Throws RedisError.
  template <class... Channels>
  Task<RedisSubscription> subscribe(const Channels&... channels) const {
    return listen(*this, RedisCommands().add("SUBSCRIBE", channels...), sizeof...(Channels));
  }

  /// The server's address as people may see it: without user and password.
  std::string name() const { return address_->name(); }
  /// The number of the database, from the URL.
  int database() const noexcept { return address_->database; }

 private:
  static Task<RedisSubscription> listen(Redis self, RedisCommands subscribe, std::size_t missing) {
    RedisSubscription made(co_await this_loop(), *self.address_);
    co_await made.link_->open(self.options_.connect_timeout);
    RedisReply reply = co_await made.link_->ask(subscribe);
    for (;;) {
      if (reply.is_error()) throw RedisError(RedisError::Kind::refused, made.link_->about(reply.str()));
      if (RedisSubscription::is_message(reply))
        made.early_.push_back(RedisSubscription::message(reply));
      else if (--missing == 0)
        break;
      reply = co_await made.link_->read();
    }
    co_return made;
  }

  std::shared_ptr<const detail::RedisAddress> address_;
  RedisOptions options_;
  PerLoop<detail::RedisHolder> clients_;
};

}  // namespace v1
}  // namespace appserve
