// One loop's client: commands of many coroutines on one connection, in order, with deadlines, and a new connection when
// the old one breaks. [home] throughout.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/redis_link.hpp>
#include <deque>

namespace appserve {
inline namespace v1 {
namespace detail {

/// Who waits for the replies of one call. Unless it has gone: then the replies are dropped when they come, so that
/// those of others keep their order.
class RedisWaiter {
 public:
  virtual void finish(std::vector<RedisReply> replies, std::exception_ptr error) noexcept = 0;

 protected:
  ~RedisWaiter() = default;
};

struct RedisCall : FromHost {
  RedisCommands commands;
  std::vector<RedisReply> replies{};
  RedisWaiter* waiter = nullptr;
  std::size_t age = 0;  // in ticks

  void finish(const std::exception_ptr& error) noexcept {
    if (RedisWaiter* w = std::exchange(waiter, nullptr)) w->finish(std::move(replies), error);
  }
};

class RedisClient : public std::enable_shared_from_this<RedisClient> {
 public:
  RedisClient(const Loop& loop, const RedisAddress& address, const RedisOptions& options)
      : loop_(loop), address_(address), options_(options), scope_(loop) {}

  void start() { run(scope_, shared_from_this()); }
  /// Every call ends, and so does the client when its coroutines have.
  void stop() noexcept {
    stopped_ = true;
    scope_.cancel();
    fail_all(RedisError(RedisError::Kind::unreachable, address_.name() + ": the app is stopping"));
  }

  /// The waiter is told later, never from inside. Throws RedisError.
  RedisCall& submit(RedisCommands commands, RedisWaiter& waiter) {
    if (commands.count() == 0) throw std::logic_error("a Redis pipeline without a command");
    if (stopped_) throw RedisError(RedisError::Kind::unreachable, address_.name() + ": the app is stopping");
    if (down_) throw RedisError(*down_);
    if (sent_.size() + waiting_.size() >= options_.max_waiting)
      throw RedisError(RedisError::Kind::overloaded,
                       address_.name() + ": " + std::to_string(options_.max_waiting) + " commands are waiting already");
    auto& call = *waiting_.emplace_back(new RedisCall{{}, std::move(commands)});
    call.waiter = &waiter;
    work_.set();
    busy_.set();
    return call;
  }
  /// The waiter goes. What was not sent yet never will be.
  void abandon(RedisCall& call) noexcept {
    call.waiter = nullptr;
    std::erase_if(waiting_, [&](const auto& c) { return c.get() == &call; });
  }

 private:
  using Calls = std::deque<std::unique_ptr<RedisCall>>;
  static constexpr std::size_t kTicks = 4;          // a timeout in ticks of the clock
  static constexpr std::size_t kBatch = 64 * 1024;  // bytes handed to the kernel at once, about

  static Detached run(Scope&, std::shared_ptr<RedisClient> self) {
    try {
      co_await when_all(self->stay_connected(), self->watch_the_clock());
    } catch (const Cancelled&) {
    } catch (const std::exception& e) {
      Log(self->loop_.host, self->loop_.ctx).error(self->address_.name() + ": the client has ended: " + e.what());
    }
    self->fail_all(RedisError(RedisError::Kind::unreachable, self->address_.name() + ": the client has ended"));
  }

  Task<> stay_connected() {
    auto delay = options_.first_retry;
    for (;;) {
      try {
        RedisLink link(address_, loop_);
        co_await link.open(options_.connect_timeout);
        came_up();
        delay = options_.first_retry;
        co_await serve(link);
      } catch (const RedisError& error) {
        went_down(error);
      } catch (const std::exception& error) {
        went_down(RedisError(RedisError::Kind::unreachable, address_.name() + ": " + error.what()));
      }
      co_await sleep(varied(delay));
      delay = std::min(delay * 2, options_.last_retry);
    }
  }

  void came_up() {
    if (down_) Log(loop_.host, loop_.ctx).info(address_.name() + ": connected again");
    down_.reset();
  }
  /// After a connection that worked, what was sent may have been done; what was not stays queued for the next one.
  void went_down(const RedisError& error) {
    if (std::exchange(connected_, false)) {
      Log(loop_.host, loop_.ctx).warn(error.what());
      return fail(sent_, error);
    }
    if (!down_) Log(loop_.host, loop_.ctx).warn(std::string(error.what()) + "; trying again and again");
    down_ = std::make_unique<RedisError>(error);
    fail_all(error);
  }
  std::chrono::nanoseconds varied(std::chrono::nanoseconds d) noexcept {
    noise_ = noise_ * 6364136223846793005u + loop_.host->now_ns();
    return d - d / 8 + d * static_cast<std::int64_t>((noise_ >> 40) & 0xff) / 1024;
  }

  /// Until the connection breaks: throws RedisError lost.
  Task<> serve(RedisLink& link) {
    connected_ = true;
    silent_ = 0;
    Scope both(co_await ThisScope());
    link_scope_ = &both;
    std::optional<RedisError> broken;
    auto work = in_and_out(link, both, broken);
    std::exception_ptr cut;
    try {
      co_await InScope<void>{both, work};
    } catch (...) {
      cut = std::current_exception();
    }
    link_scope_ = nullptr;
    if (broken) throw RedisError(*broken);
    if (stopped_ && cut) std::rethrow_exception(cut);
    throw RedisError(RedisError::Kind::lost, link.about("the server has not answered for long"));
  }
  Task<> in_and_out(RedisLink& link, Scope& both, std::optional<RedisError>& broken) {
    co_await when_all(until_broken(read_replies(link), both, broken), until_broken(send_calls(link), both, broken));
  }
  static Task<> until_broken(Task<> part, Scope& both, std::optional<RedisError>& broken) {
    try {
      co_await part;
    } catch (const RedisError& error) {
      if (!broken) broken = error;
      both.cancel();
    }
  }

  Task<> send_calls(RedisLink& link) {
    std::string out;
    for (;;) {
      while (!waiting_.empty() && out.size() < kBatch) {
        out += waiting_.front()->commands.bytes();
        sent_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
      if (out.empty())
        co_await work_.wait();
      else if (!link.send(out))
        co_await link.writable();
    }
  }

  Task<> read_replies(RedisLink& link) {
    for (;;) {
      RedisReply reply;
      while (link.next(reply)) deliver(link, std::move(reply));
      if (link.receive())
        silent_ = 0;
      else
        co_await link.readable();
    }
  }

  void deliver(const RedisLink& link, RedisReply reply) {
    if (sent_.empty()) throw RedisError(RedisError::Kind::lost, link.about("a reply nobody asked for"));
    RedisCall& call = *sent_.front();
    call.replies.push_back(std::move(reply));
    if (call.replies.size() < call.commands.count()) return;
    const auto done = std::move(sent_.front());
    sent_.pop_front();
    done->finish(nullptr);
  }

  /// Ages calls tick by tick while there are any: no clock is read and no timer set per call.
  Task<> watch_the_clock() {
    for (;;) {
      while (sent_.empty() && waiting_.empty()) co_await busy_.wait();
      co_await sleep(options_.timeout / static_cast<std::int64_t>(kTicks));
      grow_older();
    }
  }
  void grow_older() {
    static constexpr auto kLate = [](const auto& call) { return ++call->age > kTicks; };
    const RedisError late(RedisError::Kind::timed_out, address_.name() + ": no reply in time");
    Calls unsent;
    for (auto& call : waiting_)
      if (kLate(call)) unsent.push_back(std::move(call));
    std::erase(waiting_, nullptr);
    std::vector<RedisCall*> unanswered;
    for (const auto& call : sent_)
      if (kLate(call) && call->waiter) unanswered.push_back(call.get());
    const bool stuck = !sent_.empty() && ++silent_ > 2 * kTicks;
    const auto error = std::make_exception_ptr(late);
    for (RedisCall* call : unanswered) call->finish(error);  // its place in the order stays
    fail(unsent, late);
    if (stuck && link_scope_) link_scope_->cancel();
  }

  static void fail(Calls& calls, const RedisError& why) noexcept {
    const auto error = std::make_exception_ptr(why);
    for (Calls ended = std::exchange(calls, {}); !ended.empty(); ended.pop_front()) ended.front()->finish(error);
  }
  void fail_all(const RedisError& why) noexcept {
    fail(sent_, why);
    fail(waiting_, why);
  }

  Loop loop_;
  RedisAddress address_;
  RedisOptions options_;
  Scope scope_;
  Calls sent_;                        // in the order of their replies
  Calls waiting_;                     // to be sent
  Signal work_;                       // waiting_ has got something
  Signal busy_;                       // there are calls
  std::unique_ptr<RedisError> down_;  // the last attempt to connect failed: why
  Scope* link_scope_ = nullptr;       // of the connection that serves now
  std::size_t silent_ = 0;            // ticks without a byte from the server
  std::uint64_t noise_ = 1;
  bool connected_ = false;
  bool stopped_ = false;
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
