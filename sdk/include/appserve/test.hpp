// appserve/test.hpp - unit tests of an app: no server, no socket, no waiting.
//
//   TEST_CASE("greets by name") {
//     TestClient c(create_app);                         // or {"./libhello.so:app"}, or a lambda (App&)
//     CHECK(c.get("/hello/Ada").body == "Hello, Ada!\n");
//   }
//
// The app runs over the same C table as in the server, on the calling thread, in virtual time: sleep(1h) costs nothing.
// An app that talks to the world (a database, threads of its own) needs TestOptions::patience: how long, in real time,
// the clock waits for the world before it moves on to the next timer.
// TestOptions::chaos != 0 makes a different legal server of it: bodies arrive in random pieces, what could be ready is
// pending first. TestClient::leave_everywhere() takes a request apart at every wait. A test program needs RapidJSON's
// headers and, for .so files, libdl.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <dlfcn.h>
#include <appserve/detail/test_host.hpp>

namespace appserve {
inline namespace v1 {

/// The server that the app under test sees.
struct TestOptions {
  std::string config = "{}";  // the app's settings as JSON
  std::string prefix{};       // mount point
  std::string scheme = "http";
  std::string name = "test";
  std::uint32_t loops = 1;
  std::uint64_t chaos = 0;  // seed
  std::chrono::milliseconds patience{0};
  bool oldest_server = false;  // offers what ABI 1.0 has, and no more
};

/// A request as a client makes it: `{.method = "PUT", .target = "/x?y=z", .body = "…"}`.
struct TestRequest {
  std::string method = "GET";
  std::string target = "/";  // path below the mount point, percent-encoded, with the query
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  bool open_body = false;    // more of the body follows with feed(), until finish_body()
  bool slow_client = false;  // writes stay pending until take()
  std::uint32_t loop = 0;
};

/// What the client got so far.
struct TestResponse {
  int status = 0;
  std::string body;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string route;    // the pattern that served it
  std::string failure;  // what the app's failure was reported as; empty if there was none
  bool complete = false;

  /// The first header of this name, whatever its case; empty if there is none.
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (detail::equal_ignoring_case(key, name)) return value;
    return {};
  }
};

/// A request that may still be running.
class TestCall {
 public:
  explicit TestCall(std::unique_ptr<detail::test::Call> call) noexcept : call_(std::move(call)) {}
  /// Whether the app still works on it, and what it has answered so far.
  bool pending() const noexcept { return !call_->released; }
  int status() const noexcept { return call_->status; }
  const std::string& body() const noexcept { return call_->received; }
  TestResponse response() const {
    return {call_->status, call_->received, call_->content_type, call_->response_headers,
            call_->route,  call_->failure,  call_->complete};
  }

 private:
  friend class TestClient;
  std::unique_ptr<detail::test::Call> call_;
};

/// An app, and a client of it, on the calling thread: nothing runs but inside these functions. One app instance as in
/// the server, from create to destroy; it ends with the object.
class TestClient {
 public:
  /// `what`: App (const Config&), or void (App&), or void (App&, const Config&). Throws what it throws.
  template <class F>
    requires(!std::is_convertible_v<F, std::string>)
  explicit TestClient(F&& what, TestOptions options = {}) : TestClient(std::move(options)) {
    app_ = detail::descriptor<&nothing>("test", "");
    const Config config(&config_, &table(), ctx());
    detail::Box<detail::Core> core;
    if constexpr (std::is_invocable_r_v<App, F&, const Config&>) {
      core = what(config).release();
    } else {
      App app;
      if constexpr (std::is_invocable_v<F&, App&, const Config&>)
        what(app, config);
      else
        what(app);
      core = app.release();
    }
    detail::use_frames_of(table());
    self_ = new detail::Instance(&table(), ctx(), std::move(core));
    start_loops();
  }

  /// "./libhello.so:app" or, for a factory, "./libgame.so:create_app". Throws std::runtime_error with the reason.
  explicit TestClient(const std::string& library_and_symbol, TestOptions options = {})
      : TestClient(std::move(options)) {
    const auto colon = library_and_symbol.rfind(':');
    const std::string library = library_and_symbol.substr(0, colon), symbol = library_and_symbol.substr(colon + 1);
    void* code = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed, as in the server
    void* entry = code ? dlsym(code, symbol.c_str()) : nullptr;
    if (!entry) throw std::runtime_error(dlerror());
    as_error error{};
    const auto* app = static_cast<const as_app*>(entry);
    auto magic = app_.magic;  // not through `app`: code may lie anywhere
    std::memcpy(&magic, static_cast<const char*>(entry) + offsetof(as_app, magic), sizeof magic);
    if (magic != AS_MAGIC) {
      as_factory_fn factory = nullptr;
      std::memcpy(&factory, &entry, sizeof factory);
      app = factory(&table(), ctx(), &config_, &error);
    }
    if (!app) throw std::runtime_error(error.text);
    app_ = *app;
    if (app_.create(app, &table(), ctx(), &config_, &self_, &error) != AS_OK) throw std::runtime_error(error.text);
    start_loops();
  }

  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient() { stop(); }

  /// Requests in short; see request().
  TestResponse get(std::string target) { return request({.target = std::move(target)}); }
  TestResponse del(std::string target) { return request({.method = "DELETE", .target = std::move(target)}); }
  TestResponse post(std::string target, std::string body, std::string content_type = "application/json") {
    return send("POST", std::move(target), std::move(body), std::move(content_type));
  }
  TestResponse put(std::string target, std::string body, std::string content_type = "application/json") {
    return send("PUT", std::move(target), std::move(body), std::move(content_type));
  }

  /// Runs until the app has finished with the request; lets at most an hour pass.
  TestResponse request(TestRequest r) {
    TestCall call = start(std::move(r));
    const std::uint64_t until = host_->now + detail::nanoseconds(1h);
    while (call.pending() && host_->step(until)) {
    }
    if (call.pending()) {
      disconnect(call);
      call.call_->failure = "TestClient: the request was still waiting after an hour";
    }
    return call.response();
  }

  /// Starts a request and runs what can run without time passing.
  TestCall start(TestRequest r) {
    TestCall call = hand_over(std::move(r));
    host_->settle();
    return call;
  }

  /// Asks again and again, the client leaving at once, after the first thing that happens, after the second, … until
  /// the app is done before: so it leaves at every point where the handler can be waiting. `after(response)` runs each
  /// time, when the handler has unwound. Lets a minute pass each time (a stream that never ends). The number of times.
  template <class F>
  std::size_t leave_everywhere(const TestRequest& r, F after) {
    for (std::size_t events = 0;; ++events) {
      TestCall call = hand_over(r);
      const std::uint64_t until = host_->now + detail::nanoseconds(1min);
      bool more = true;
      for (std::size_t n = 0; n < events && call.pending() && more; ++n) more = host_->event(until);
      const bool last = !call.pending() || !more;
      if (call.pending()) disconnect(call);
      while (call.pending() && host_->step(until + detail::nanoseconds(1h))) {
      }
      if (call.pending()) complain("a handler did not end after its client had left");
      host_->settle();
      after(call.response());
      if (last) return events + 1;
    }
  }

  /// Runs a task as the app's background tasks run, on the first loop, and gives its result or its exception. Lets at
  /// most an hour pass; then the task is cut short.
  template <class T>
  T run(Task<T> task) {
    detail::Scope scope(&detail::test::table(), ctx(), reinterpret_cast<as_loop*>(host_->loops[0].get()));
    bool ended = false;
    run_detached(scope, task, ended);
    const std::uint64_t until = host_->now + detail::nanoseconds(1h);
    host_->settle();
    while (!ended && host_->step(until)) {
    }
    if (!ended) scope.cancel();
    while (!ended && host_->step(~std::uint64_t{0})) {
    }
    if (!ended) complain("a task waits for what will never come");
    return task.handle().promise().take();
  }
  /// Lets things happen until `condition()` holds; false after an hour of virtual time.
  template <class F>
  bool until(F condition) {
    const std::uint64_t end = host_->now + detail::nanoseconds(1h);
    host_->settle();
    while (!condition())
      if (!host_->step(end)) return false;
    return true;
  }

  /// Lets time pass, with every timer that falls due.
  void advance(std::chrono::nanoseconds d) {
    const std::uint64_t until = host_->now + detail::nanoseconds(d);
    host_->settle();
    while (host_->next_timer(until)) host_->settle();
    host_->now = until;
  }
  /// Runs whatever other threads have posted.
  void settle() { host_->settle(); }

  /// More of the body of a TestRequest::open_body arrives; finish_body(): that was all.
  void feed(TestCall& call, std::string_view more) {
    call.call_->unread.append(more);
    call.call_->body_event(AS_OK);
    host_->settle();
  }
  void finish_body(TestCall& call) {
    call.call_->body_ended = true;
    call.call_->body_event(AS_OK);
    host_->settle();
  }
  /// The slow client reads: the pending write completes.
  void take(TestCall& call) {
    call.call_->write_event(AS_OK);
    host_->settle();
  }
  void disconnect(TestCall& call) {
    call.call_->cancel(true);
    host_->settle();
  }
  /// As when the server cuts a request short with the client still there.
  void cancel(TestCall& call) {
    call.call_->cancel(false);
    host_->settle();
  }
  void drain() {
    if (app_.drain) app_.drain(self_);
    host_->settle();
  }

  /// Ends the app as the server does; the destructor does it, too. Requests must have ended.
  void stop() {
    if (!self_) return;
    if (host_->in_flight != 0) complain("requests were never released: " + std::to_string(host_->in_flight));
    for (const auto& loop : host_->loops)
      if (app_.loop_stop) app_.loop_stop(self_, reinterpret_cast<as_loop*>(loop.get()), loop->index);
    host_->settle();
    if (!host_->timers.empty()) complain("timers were left: " + std::to_string(host_->timers.size()));
    if (!host_->descriptors.empty())
      complain("descriptors are still watched: " + std::to_string(host_->descriptors.size()));
    app_.destroy(std::exchange(self_, nullptr));
  }

  /// Why requests should not come; empty: they may.
  std::string health() {
    as_error error{};
    return !app_.health || app_.health(self_, &error) == AS_OK ? std::string() : std::string(error.text);
  }

  /// Requests that the app has not released, and timers that it has started.
  std::size_t in_flight() const noexcept { return host_->in_flight; }
  std::size_t timers() const noexcept { return host_->timers.size(); }
  /// What the app has logged, line by line.
  const std::vector<std::string>& log() const noexcept { return host_->log; }
  std::vector<std::string> routes() const {
    std::vector<std::string> all;
    if (app_.routes)
      app_.routes(
          self_,
          [](void* out, const char* method, const char* pattern) {
            static_cast<std::vector<std::string>*>(out)->push_back(std::string(method) + " " + pattern);
          },
          &all);
    return all;
  }

 private:
  explicit TestClient(TestOptions options)
      : options_(std::move(options)), host_(std::make_unique<detail::test::Host>(options_.loops)) {
    host_->chaos = options_.chaos;
    host_->patience = static_cast<int>(options_.patience.count());
    settings_ = Json::parse(options_.config).value_or(Json());
    config_.owner = this;
    config_.size = sizeof(as_config);
    config_.prefix = detail::str(options_.prefix);
    config_.name = detail::str(options_.name);
    config_.json = detail::str(options_.config);
    config_.get = [](const as_config* config, as_str key, as_str* out) -> std::int32_t {
      return static_cast<const ConfigRecord*>(config)->owner->setting(detail::view(key), *out);
    };
  }

  static void nothing(App&, const Config&) {}

  TestCall hand_over(TestRequest r) {
    TestCall call(make_call(std::move(r)));
    detail::test::Call& c = *call.call_;
    ++host_->in_flight;
    if (app_.handle(self_, &c) != AS_PENDING) {
      c.released = true;
      --host_->in_flight;
    }
    return call;
  }

  /// Awaits a task's end, whatever it is.
  template <class T>
  struct Ended {
    Task<T>& task;
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> parent) const {
      return detail::start_child(task.handle(), task.handle().promise(), detail::scope_of(parent), parent);
    }
    void await_resume() const noexcept {}
  };
  template <class T>
  static detail::Detached run_detached(detail::Scope&, Task<T>& task, bool& ended) {
    co_await Ended<T>{task};
    ended = true;
  }
  [[noreturn]] static void complain(const std::string& text) {
    std::fprintf(stderr, "TestClient: %s\n", text.c_str());
    std::abort();
  }

  const as_host& table() const noexcept {
    return options_.oldest_server ? detail::test::oldest_table() : detail::test::table();
  }
  as_ctx* ctx() noexcept { return reinterpret_cast<as_ctx*>(host_.get()); }

  void start_loops() {
    for (const auto& loop : host_->loops)
      if (app_.loop_start) app_.loop_start(self_, reinterpret_cast<as_loop*>(loop.get()), loop->index);
    host_->settle();
  }

  TestResponse send(std::string method, std::string target, std::string body, std::string content_type) {
    return request({.method = std::move(method),
                    .target = std::move(target),
                    .headers = {{"content-type", std::move(content_type)}},
                    .body = std::move(body)});
  }

  std::int32_t setting(std::string_view key, as_str& out) {
    const Json* at = &settings_;
    for (std::size_t begin = 0; at && begin <= key.size();) {
      const auto end = std::min(key.find('.', begin), key.size());
      at = at->find(key.substr(begin, end - begin));
      begin = end + 1;
    }
    if (!at || at->is_array() || at->is_object()) return AS_EINVAL;
    texts_.push_back(at->is_string() ? at->str() : at->dump());
    out = detail::str(texts_.back());
    return AS_OK;
  }

  std::unique_ptr<detail::test::Call> make_call(TestRequest r) {
    auto call = std::make_unique<detail::test::Call>();
    detail::test::Call& c = *call;
    c.host = host_.get();
    c.method_text = std::move(r.method);
    c.target_text = options_.prefix + r.target;
    const auto mark = std::min(r.target.find('?'), r.target.size());
    c.path_text = r.target.substr(0, mark);
    c.query_text = r.target.substr(std::min(mark + 1, r.target.size()));
    c.remote_text = "127.0.0.1:1";
    c.id_text = "test-" + std::to_string(++requests_);
    for (auto& [name, value] : r.headers) {
      std::string lower;
      for (const char ch : name) lower.push_back(detail::lower(ch));
      c.headers.emplace_back(std::move(lower), std::move(value));
    }
    for (const auto& [name, value] : c.headers) c.field_views.push_back({detail::str(name), detail::str(value)});
    c.unread = std::move(r.body);
    c.body_ended = !r.open_body;
    c.slow_client = r.slow_client;

    const bool inline_body = !r.open_body && !host_->toss();
    c.size = sizeof(as_req);
    c.flags = inline_body ? AS_REQ_BODY_COMPLETE : 0u;
    c.method = detail::method_id(c.method_text);
    c.loop_index = r.loop;
    c.method_name = detail::str(c.method_text);
    c.target = detail::str(c.target_text);
    c.prefix = detail::str(options_.prefix);
    c.path = detail::str(c.path_text);
    c.query = detail::str(c.query_text);
    c.scheme = detail::str(options_.scheme);
    c.authority = detail::str("test");
    c.id = detail::str(c.id_text);
    c.remote = detail::str(c.remote_text);
    c.fields = c.field_views.data();
    c.field_count = c.field_views.size();
    c.content_length = r.open_body ? -1 : static_cast<std::int64_t>(c.unread.size());
    if (inline_body) c.inline_body = c.unread;
    c.body = detail::str(c.inline_body);
    c.loop = reinterpret_cast<as_loop*>(host_->loops.at(r.loop).get());
    c.user = nullptr;
    return call;
  }

  struct ConfigRecord : as_config {
    TestClient* owner = nullptr;
  };

  TestOptions options_;
  std::unique_ptr<detail::test::Host> host_;
  Json settings_;
  std::deque<std::string> texts_;
  ConfigRecord config_{};
  as_app app_{};
  void* self_ = nullptr;
  std::uint64_t requests_ = 0;
};

}  // namespace v1
}  // namespace appserve
