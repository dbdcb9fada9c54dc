// appserve/broadcast.hpp - one message to many waiting handlers, on whatever loops they run, without polling.
//
//   auto games = std::make_shared<Topics<Game>>(newest(&Game::version));  // in create_app; one topic per game
//
//   app.post("/games/{id}/moves", [=](std::string id, Move m) -> Task<Game> {
//     Game g = co_await blocking([&] { return store->play(id, m); });
//     games->publish(id, g);                                              // any thread, never waits
//     co_return g;
//   });
//   app.get("/games/{id}/events", [=](std::string id) {
//     return Response::sse([=](Stream& out) -> Task<> {
//       auto updates = games->subscribe(id);                              // subscribe, then look: nothing is missed
//       auto game = co_await blocking([&] { return store->load(id); });
//       for (; game; game = co_await updates.next()) co_await out.event(to_json(*game), "game");
//     });
//   });
//
// Every subscription has a queue of its own. A subscriber that is slower than the publisher loses the oldest messages
// (missed() counts them). A message published between subscribe() and next() waits in the queue. next() ends with
// Cancelled when the client leaves, and with nullopt after close().
//
// Messages arrive in the order of publishing. Two handlers that change a state one after the other may publish the
// other way round; newest() is for that: a subscriber then gets only what is newer than all it got, and only the
// newest.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/app.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace appserve {
inline namespace v1 {

namespace detail {

/// Whether the first message is no newer than the second; empty: messages are not compared.
template <class T>
using Stale = std::function<bool(const T&, const T&)>;

/// What a subscriber and its publishers share. `mutex` guards everything but the fields marked [home].
template <class T>
struct Mailbox : std::enable_shared_from_this<Mailbox<T>> {
  Mailbox(std::size_t capacity, const Stale<T>& is_stale) : limit(capacity), stale(is_stale) {}

  /// [any] True: the subscriber sleeps, wake() it after the publisher's own lock is released.
  bool put(const std::shared_ptr<const T>& message) {
    const std::lock_guard lock(mutex);
    if (stale) {
      if (last && stale(*message, *last)) return false;
      last = message;
    }
    if (queue.size() >= limit) {
      queue.pop_front();
      ++missed;
    }
    queue.push_back(message);
    return std::exchange(waiting, false);
  }
  bool close() {
    const std::lock_guard lock(mutex);
    closed = true;
    return std::exchange(waiting, false);
  }
  /// [any] Exactly one wake() follows every `waiting` that was taken back.
  void wake() {
    auto self = std::make_unique<std::shared_ptr<Mailbox>>(this->shared_from_this());
    if (scope_host->post(scope_ctx, scope_loop, &woken, self.get()) == AS_OK) self.release();
  }
  static void woken(void* p) noexcept {
    const std::unique_ptr<std::shared_ptr<Mailbox>> self(static_cast<std::shared_ptr<Mailbox>*>(p));
    (*self)->sleeper.resume();
  }

  std::mutex mutex;
  std::deque<std::shared_ptr<const T>> queue;
  std::size_t limit;
  Stale<T> stale;
  std::shared_ptr<const T> last;  // the newest so far, if `stale`
  std::size_t missed = 0;
  bool waiting = false;
  bool closed = false;
  const as_host* scope_host = nullptr;  // set before `waiting`
  as_ctx* scope_ctx = nullptr;
  as_loop* scope_loop = nullptr;
  std::coroutine_handle<> sleeper;  // [home]
};

template <class T>
class NextMessage final : Wait {
 public:
  explicit NextMessage(Mailbox<T>& box) noexcept : box_(box) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    scope_ = &scope_of(h);
    if (scope_->cancelled()) return false;
    const std::lock_guard lock(box_.mutex);
    if (!box_.queue.empty() || box_.closed) return false;
    box_.scope_host = scope_->host;
    box_.scope_ctx = scope_->ctx;
    box_.scope_loop = scope_->loop;
    box_.sleeper = h;
    box_.waiting = true;
    scope_->add(*this);
    return true;
  }
  std::optional<T> await_resume() {
    unlink();
    if (scope_->cancelled()) throw Cancelled();
    const std::lock_guard lock(box_.mutex);
    if (box_.queue.empty()) return std::nullopt;
    std::optional<T> message(*box_.queue.front());
    box_.queue.pop_front();
    return message;
  }

 private:
  void cut() noexcept override {
    const auto was_waiting = [&] {
      const std::lock_guard lock(box_.mutex);
      return std::exchange(box_.waiting, false);
    };
    if (was_waiting()) box_.wake();
  }

  Mailbox<T>& box_;
  Scope* scope_ = nullptr;
};

/// The subscribers of one key.
template <class T>
using Mailboxes = std::vector<std::weak_ptr<Mailbox<T>>>;

}  // namespace detail

/// One subscriber's place. Belongs to the coroutine that awaits it; unsubscribes when it dies.
template <class T>
class Subscription {
 public:
  explicit Subscription(std::shared_ptr<detail::Mailbox<T>> box) noexcept : box_(std::move(box)) {}
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&&) noexcept = default;

  /// `co_await updates.next()`: the next message, at once if one is queued; nullopt once the topic is closed.
  detail::NextMessage<T> next() noexcept { return detail::NextMessage<T>(*box_); }

  /// How many messages were dropped because this subscriber was too slow.
  std::size_t missed() const noexcept {
    const std::lock_guard lock(box_->mutex);
    return box_->missed;
  }

 private:
  std::shared_ptr<detail::Mailbox<T>> box_;
};

/// What newest() gives.
template <class F>
struct Newest {
  F age;
};

/// For topics whose messages are states of one thing: `age` is a member or a function of the message, and greater is
/// newer: `Topics<Game> games(newest(&Game::version))`. A message that is no newer than what a subscriber was given is
/// dropped for that subscriber, and of those that wait only the newest is kept.
template <class F>
Newest<F> newest(F age) {
  return {std::move(age)};
}

/// Many topics by key. A key costs nothing while nobody subscribes. All functions [any].
template <class T, class Key = std::string>
class Topics {
 public:
  /// `backlog`: how many messages a subscription may queue, at least 1.
  explicit Topics(std::size_t backlog = 64) noexcept : backlog_(backlog ? backlog : 1) {}
  template <class F>
  explicit Topics(Newest<F> by)
      : backlog_(1), stale_([age = std::move(by.age)](const T& message, const T& last) {
          return !(std::invoke(age, last) < std::invoke(age, message));
        }) {}
  Topics(const Topics&) = delete;
  Topics& operator=(const Topics&) = delete;
  ~Topics() { close(); }

  /// From now on every message published under `key` comes to the subscription, until it dies. [any]
  Subscription<T> subscribe(const Key& key) {
    auto box = std::make_shared<detail::Mailbox<T>>(backlog_, stale_);
    const std::lock_guard lock(mutex_);
    box->closed = closed_;
    sweep();
    topics_[key].push_back(box);
    return Subscription<T>(std::move(box));
  }

  /// To everyone subscribed to `key` now. Copies the message once, not per subscriber.
  void publish(const Key& key, T message) {
    const auto shared = std::make_shared<const T>(std::move(message));
    std::vector<std::shared_ptr<detail::Mailbox<T>>> sleepers;
    {
      const std::lock_guard lock(mutex_);
      const auto topic = topics_.find(key);
      if (topic == topics_.end()) return;
      for (const auto& weak : topic->second)
        if (auto box = weak.lock(); box && box->put(shared)) sleepers.push_back(std::move(box));
    }
    for (const auto& box : sleepers) box->wake();
  }

  /// To every subscriber of every key.
  void publish_all(T message) {
    const auto shared = std::make_shared<const T>(std::move(message));
    std::vector<std::shared_ptr<detail::Mailbox<T>>> sleepers;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [key, boxes] : topics_)
        for (const auto& weak : boxes)
          if (auto box = weak.lock(); box && box->put(shared)) sleepers.push_back(std::move(box));
    }
    for (const auto& box : sleepers) box->wake();
  }

  /// Every subscription ends with nullopt after what it has queued; so do later ones at once.
  void close() {
    std::vector<std::shared_ptr<detail::Mailbox<T>>> sleepers;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      for (const auto& [key, boxes] : topics_)
        for (const auto& weak : boxes)
          if (auto box = weak.lock(); box && box->close()) sleepers.push_back(std::move(box));
    }
    for (const auto& box : sleepers) box->wake();
  }

  /// How many subscriptions to `key` live. [any]
  std::size_t subscribers(const Key& key) const {
    const std::lock_guard lock(mutex_);
    const auto topic = topics_.find(key);
    std::size_t alive = 0;
    if (topic != topics_.end())
      for (const auto& weak : topic->second) alive += weak.expired() ? 0 : 1;
    return alive;
  }

 private:
  /// Forgets subscribers that have gone, whenever their number may have doubled since the last time.
  void sweep() {
    if (++added_ < sweep_at_) return;
    std::size_t left = 0;
    for (auto topic = topics_.begin(); topic != topics_.end();) {
      std::erase_if(topic->second, [](const auto& weak) { return weak.expired(); });
      left += topic->second.size();
      topic = topic->second.empty() ? topics_.erase(topic) : std::next(topic);
    }
    added_ = left;
    sweep_at_ = std::max<std::size_t>(64, left * 2);
  }

  const std::size_t backlog_;
  const detail::Stale<T> stale_;
  mutable std::mutex mutex_;
  std::map<Key, detail::Mailboxes<T>> topics_;
  std::size_t added_ = 0;
  std::size_t sweep_at_ = 64;
  bool closed_ = false;
};

/// A single topic.
template <class T>
class Broadcast {
 public:
  explicit Broadcast(std::size_t backlog = 64) noexcept : topics_(backlog) {}
  template <class F>
  explicit Broadcast(Newest<F> by) : topics_(std::move(by)) {}
  /// As in Topics, without a key. [any]
  Subscription<T> subscribe() { return topics_.subscribe(0); }
  void publish(T message) { topics_.publish(0, std::move(message)); }
  void close() { topics_.close(); }
  std::size_t subscribers() const { return topics_.subscribers(0); }

 private:
  Topics<T, char> topics_;
};

}  // namespace v1
}  // namespace appserve
