// Any order of calls of the ABI: a plugin and a client that do what the input says, right or wrong, over the real
// bridge, exchange and connection. Oracles: the sanitizers; every piece is given back exactly once; what was promised
// calls back exactly once; no field the plugin slipped in reaches the client.
#include <appserve/abi.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/abi_bridge.hpp"
#include "app/host_services.hpp"
#include "app/instance.hpp"
#include "app/loop_services.hpp"
#include "fuzz/fuzz_input.hpp"
#include "net/serving_loop.hpp"
#include "service/journal.hpp"

namespace {

using namespace appserve;
using fuzz::check;
using fuzz::Input;

constexpr std::string_view kEvil = "a\r\nx-evil: 1";
constexpr std::array<std::string_view, 12> kTexts{
    "",    "x",  "hello\n", "text/plain", kEvil,       "content-length", "transfer-encoding",
    "x-a", "17", "\0\x01",  "chunked",    "connection"};

class Play final : public service::Service {
 public:
  explicit Play(Input input) : input_(input) {
    ctx_.label = "fuzz";
    ctx_.log = &log_;
    ctx_.loops = {&loop_};
    ctx_.pool = &pool_;
    ctx_.shares = std::vector<app::LoopShare>(1);
    ctx_.self = this;
    ctx_.app.handle = [](void* self, as_req* req) { return static_cast<Play*>(self)->handle(req); };
    serving_ = std::make_unique<net::ServingLoop>(loop_, options_, *this, journal_, log_, open_);
    std::array<int, 2> ends{};
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0, "no sockets");
    client_.reset(ends[0]);
    peer_.reset(ends[1]);
  }

  void run() {
    loop_.post([](void* self) { static_cast<Play*>(self)->step(); }, this);
    loop_.run();
    app::loop_services::finish_jobs(ctx_, loop_, AS_ECANCELED);
    for (const Promise& promise : promises_)
      check(promise.calls == (promise.must_come ? 1 : promise.calls), "a lost call");
    for (const Lent& lent : lent_) check(lent.returned == 1, "a piece that is not given back once");
    check(answers_.find("\r\nx-evil:") == answers_.npos, "a field slipped in");
  }

  void call(service::Request& request, service::ResponseWriter& response) noexcept override {
    app::handle_request(ctx_, request, response);
  }

 private:
  struct Promise {  // of one call back
    Play* play;
    bool must_come;
    int calls = 0;
  };
  struct Lent {  // a piece with a release function
    std::string text;
    int returned = 0;
  };

  // ---- the course of events ----

  void step() {
    if (peer_) serving_->serve(std::move(peer_), "192.0.2.7:4711");
    read_answers();
    if (input_.empty()) return finish();
    if (input_.octet() % 3 == 0)
      client_acts();
    else
      plugin_acts();
    loop_.post([](void* self) { static_cast<Play*>(self)->step(); }, this);
  }

  // What is left is ended as abi.h 7 says: requests first, then what the app has pending, then the loop.
  void finish() {
    acting_ = false;
    while (!live_.empty()) {
      as_req* req = *live_.begin();
      live_.erase(live_.begin());
      host_.release(req);
    }
    serving_->cut();
    app::loop_services::finish_jobs(ctx_, loop_, AS_OK);
    app::loop_services::cancel_all(ctx_, loop_);
    serving_->when_idle([](void* self) { static_cast<Play*>(self)->stop_soon(); }, this);
  }
  void stop_soon() {
    loop_.post([](void* loop) { static_cast<loop::EventLoop*>(loop)->stop(); }, &loop_);
  }

  void client_acts() {
    static constexpr std::array<std::string_view, 8> kSayings{
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
        "0123456789",
        "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "HEAD /d HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /e HTTP/1.0\r\n\r\n"};
    const unsigned choice = input_.octet() % 11;
    if (choice < kSayings.size() && client_) {
      const auto text = kSayings.at(choice);
      (void)!::send(client_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    } else if (choice == 8 && client_) {
      ::shutdown(client_.get(), SHUT_WR);
    } else if (choice == 9) {
      client_.reset();
    }
  }

  void read_answers() {
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; client_ && (got = ::recv(client_.get(), buffer.data(), buffer.size(), 0)) > 0;)
      answers_.append(buffer.data(), static_cast<std::size_t>(got));
  }

  // ---- the plugin ----

  std::int32_t handle(as_req* req) {
    known_.push_back(req);
    live_.insert(req);
    in_handle_ = req;
    released_in_handle_ = false;
    for (unsigned n = input_.octet() % 4; n > 0; --n) plugin_acts();
    in_handle_ = nullptr;
    static constexpr std::array<std::int32_t, 6> kResults{AS_PENDING, AS_PENDING, AS_PENDING, AS_OK, AS_EFAIL, 4711};
    const std::int32_t result = kResults.at(input_.octet() % kResults.size());
    if (result != AS_PENDING || released_in_handle_) live_.erase(req);
    return result;
  }

  void release(as_req* req) {
    if (req == in_handle_)
      released_in_handle_ = true;
    else
      live_.erase(req);
    host_.release(req);
  }

  as_req* any_request() {
    const unsigned choice = input_.octet();
    if (known_.empty() || choice == 255) return nullptr;
    return known_.at(choice < 200 && in_handle_ != nullptr ? known_.size() - 1 : choice % known_.size());
  }

  as_str text() { return to_abi(kTexts.at(input_.octet() % kTexts.size())); }
  as_str content() {  // without what the oracle looks for, which may be there
    const auto chosen = kTexts.at(input_.octet() % kTexts.size());
    return to_abi(chosen == kEvil ? "x" : chosen);
  }
  static as_str to_abi(std::string_view chosen) { return {chosen.data(), chosen.size()}; }

  Promise& promise(bool must_come) { return promises_.emplace_back(Promise{this, must_come}); }

  static void called(void* arg, std::int32_t) {
    auto& promise = *static_cast<Promise*>(arg);
    check(++promise.calls == 1, "a call that came twice");
    if (promise.play->acting_ && promise.play->input_.octet() % 2 == 0) promise.play->plugin_acts();
  }
  static void posted(void* arg) { called(arg, AS_OK); }

  as_buf piece() {
    const unsigned kind = input_.octet();
    if (kind % 8 == 7) return {nullptr, kind, nullptr, nullptr};
    const as_str chosen = content();
    if (kind % 2 == 0) return {chosen.ptr, chosen.len, nullptr, nullptr};
    Lent& lent = lent_.emplace_back();
    lent.text.assign(chosen.ptr, chosen.len);
    lent.text.append(kind % 16 == 3 ? 40'000U : kind, 'y');
    return {lent.text.data(), lent.text.size(), [](void* arg) { ++static_cast<Lent*>(arg)->returned; }, &lent};
  }

  as_resp response(std::array<as_field, 2>& fields, std::array<as_buf, 2>& pieces, bool with_body) {
    static constexpr std::array<std::uint32_t, 10> kStatuses{200, 200, 200, 204, 304, 404, 99, 600, 0, 4'000'000'000};
    as_resp r{};
    const unsigned shape = input_.octet();
    r.size = shape % 16 == 15 ? shape : std::uint32_t{sizeof r};
    r.status = kStatuses.at(input_.octet() % kStatuses.size());
    r.flags = shape % 4 == 0 ? 1 : 0;
    r.field_count = shape % 3;
    for (std::size_t i = 0; i < r.field_count; ++i) fields.at(i) = {text(), text()};
    r.fields = fields.data();
    r.content_type = text();
    r.content_length = shape % 5 == 0 ? static_cast<std::int64_t>(input_.octet()) - 20 : -1;
    r.body_count = with_body ? shape / 64 % 3 : 0;
    for (std::size_t i = 0; i < r.body_count; ++i) pieces.at(i) = piece();
    r.body = pieces.data();
    return r;
  }

  // A call that says "pending" promises one call back, or none once its request is released.
  template <class Call>
  void start(bool must_come, Call call) {
    Promise& coming = promise(false);
    if (call(&coming) == AS_PENDING) coming.must_come = must_come;
    if (coming.must_come) check(coming.calls == 0, "called from inside the call that started it");
  }

  void plugin_acts() {
    if (++acts_ > 400) return;
    std::array<as_field, 2> fields{};
    std::array<as_buf, 2> pieces{};
    as_str out{};
    as_loop* const home = as_ctx::handle_of(&loop_);
    switch (input_.octet() % 22) {
      case 0:
      case 1: {
        as_req* req = any_request();
        const as_resp r = response(fields, pieces, true);
        host_.respond(req, &r);
        break;
      }
      case 2: {
        as_req* req = any_request();
        const as_resp r = response(fields, pieces, false);
        host_.begin(req, &r);
        break;
      }
      case 3:
      case 4:
        start(false, [&](void* arg) {
          as_req* req = any_request();
          const unsigned count = input_.octet() % 3;
          for (unsigned i = 0; i < count; ++i) pieces.at(i) = piece();
          return host_.write(req, pieces.data(), count, input_.octet() % 4 == 0 ? nullptr : called, arg);
        });
        break;
      case 5:
        host_.end(any_request());
        break;
      case 6:
      case 7:
        start(false, [&](void* arg) { return host_.body_next(any_request(), &out, called, arg); });
        break;
      case 8:
        start(false, [&](void* arg) {
          as_req* req = any_request();
          return host_.body_all(req, input_.octet() % 20, &out, called, arg);
        });
        break;
      case 9:
        host_.on_cancel(any_request(), input_.octet() % 4 == 0 ? nullptr : posted, &promise(false));
        break;
      case 10:
        host_.set_route(any_request(), "/route");
        break;
      case 11:
        host_.fail(any_request(), text());
        break;
      case 12:
      case 13:
        release(any_request());
        break;
      case 14: {
        as_op* timer = nullptr;
        start(true, [&](void* arg) { return host_.timer(&ctx_, home, input_.octet() * 1000U, called, arg, &timer); });
        if (timer != nullptr) timers_.push_back(timer);
        break;
      }
      case 15:
        if (!timers_.empty()) host_.timer_cancel(timers_.at(input_.octet() % timers_.size()));
        break;
      case 16: {
        as_fd* fd = nullptr;
        if (host_.fd_open(&ctx_, home, client_ ? client_.get() : 0, &fd) == AS_OK) fds_.push_back(fd);
        break;
      }
      case 17:
        if (!fds_.empty())
          start(true, [&](void* arg) {
            as_fd* fd = fds_.at(input_.octet() % fds_.size());
            return host_.fd_wait(fd, static_cast<std::int32_t>(input_.octet() % 5), called, arg);
          });
        break;
      case 18:
        if (!fds_.empty()) host_.fd_close(fds_.at(input_.octet() % fds_.size()));
        break;
      case 19:
        start(true, [&](void* arg) { return host_.offload(&ctx_, home, [](void*) {}, called, arg); });
        break;
      case 20:
        host_.post(&ctx_, home, posted, &promise(false));
        break;
      default:
        from_elsewhere();
        break;
    }
  }

  // The same functions from a thread they are not for.
  void from_elsewhere() {
    if (++foreign_ > 4) return;
    as_req* req = any_request();
    std::thread([&] {
      const as_buf body{"x", 1, nullptr, nullptr};
      as_resp r{};
      r.size = sizeof r;
      r.status = 200;
      as_str chunk{};
      host_.respond(req, &r);
      host_.begin(req, &r);
      host_.write(req, &body, 1, nullptr, nullptr);
      host_.body_next(req, &chunk, nullptr, nullptr);
      host_.end(req);
      host_.release(req);
      host_.timer(&ctx_, as_ctx::handle_of(&loop_), 1, called, nullptr, nullptr);
    }).join();
  }

  Input input_;
  const as_host& host_ = app::host_table();
  Log log_{static_cast<Log::Level>(static_cast<int>(Log::Level::error) + 1)};  // above every line
  loop::EventLoop loop_{0};
  loop::BlockingPool pool_{1};  // is joined before the loop ends
  as_ctx ctx_;
  service::Journal journal_;
  net::ConnectionOptions options_;
  std::atomic<std::size_t> open_ = 0;
  std::unique_ptr<net::ServingLoop> serving_;
  UniqueFd client_, peer_;
  std::string answers_;

  std::deque<Promise> promises_;
  std::deque<Lent> lent_;
  std::vector<as_req*> known_;  // all there were, ended or not
  std::set<as_req*> live_;      // to be released yet
  std::vector<as_op*> timers_;
  std::vector<as_fd*> fds_;
  as_req* in_handle_ = nullptr;
  bool released_in_handle_ = false, acting_ = true;
  int acts_ = 0, foreign_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Play(Input(data, size)).run();
  return 0;
}
