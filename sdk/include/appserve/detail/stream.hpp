// The writing end of a streamed response: pieces with back-pressure, server-sent events, heartbeats.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/own.hpp>
#include <appserve/detail/request.hpp>
#include <appserve/detail/waits.hpp>

namespace appserve {
inline namespace v1 {

class Stream;

namespace detail {

struct Sender;
template <class Needed>
class RunningExchange;

/// One write a coroutine waits for. Waits first for a heartbeat that is on its way.
class Write {
 public:
  Write(Stream& out, std::string_view text) noexcept : out_(out), text_(text) {}
  Write(Stream& out, std::string&& text) noexcept : out_(out), own_(std::move(text)), text_(own_) {}
  Write(Stream& out, int file, std::uint64_t offset, std::uint64_t length) noexcept
      : out_(out), file_(file), offset_(offset), length_(length) {}
  Write(const Write&) = delete;
  Write& operator=(const Write&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    waiting_ = h;
    return start(scope_of(h));
  }
  void await_resume() const { raise(status_, "writing the response"); }

 private:
  friend class v1::Stream;
  bool start(Scope& scope) noexcept;
  void go() noexcept;
  static void written(void* self, std::int32_t status) noexcept;

  Stream& out_;
  std::string own_;
  std::string_view text_;
  int file_ = -1;  // instead of text: this part of a file
  std::uint64_t offset_ = 0;
  std::uint64_t length_ = 0;
  std::coroutine_handle<> waiting_;
  std::int32_t status_ = AS_OK;
};

/// The function that writes a streamed body.
struct Producer : Counted {
  virtual Task<> run(Stream& out) = 0;
};

template <class F>
struct ProducerOf final : Producer {
  static_assert(std::is_same_v<std::invoke_result_t<F&, Stream&>, Task<>>,
                "a stream is written by a function (Stream&) -> Task<>");
  explicit ProducerOf(F write) : write_(std::move(write)) {}
  Task<> run(Stream& out) override { return write_(out); }
  F write_;
};

}  // namespace detail

/// Where a streamed response is written. One write at a time; each `co_await` returns when the client has taken enough
/// of what came before, and throws Cancelled when it has left.
class Stream {
 public:
  Stream(const as_host* host, as_ctx* ctx, Request& request, detail::Scope& scope) noexcept
      : host_(host), ctx_(ctx), request_(request), scope_(scope) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Sends `text`, which may die afterwards.
  detail::Write write(std::string_view text) noexcept { return {*this, text}; }

  /// Sends a part of a regular file, which the kernel reads (sendfile). `fd` must stay open until the wait is over.
  /// Only if can_write_file(); see also appserve/files.hpp.
  detail::Write write_file(int fd, std::uint64_t offset, std::uint64_t length) noexcept {
    return {*this, fd, offset, length};
  }
  /// The server is new enough (ABI 1.1).
  bool can_write_file() const noexcept { return AS_HAS(host_, write_file); }

  /// Sends one server-sent event. `data` may have several lines.
  detail::Write event(std::string_view data, std::string_view name = {}, std::string_view id = {}) {
    std::string text;
    text.reserve(data.size() + name.size() + id.size() + 32);
    line(text, "event: ", name);
    line(text, "id: ", id);
    do {
      const auto end = std::min(data.find_first_of("\r\n"), data.size());
      text.append("data: ").append(data.substr(0, end)).append("\n");
      const bool crlf = data.substr(end, 2) == "\r\n";
      data.remove_prefix(std::min(end + (crlf ? 2 : 1), data.size()));
    } while (!data.empty());
    text.append("\n");
    return {*this, std::move(text)};
  }

  /// Asks the browser to wait this long before it connects again.
  detail::Write retry(std::chrono::milliseconds delay) {
    return {*this, "retry: " + std::to_string(delay.count()) + "\n\n"};
  }

  /// The request this answers; alive as long as the stream.
  Request& request() noexcept { return request_; }

 private:
  friend class detail::Write;
  template <class>
  friend class detail::RunningExchange;

  /// A one-line field of an event; line breaks in it would start another field.
  static void line(std::string& text, std::string_view field, std::string_view value) {
    if (value.empty()) return;
    text.append(field);
    for (const char c : value)
      if (c != '\r' && c != '\n' && c != '\0') text.push_back(c);
    text.push_back('\n');
  }

  void start_heartbeat(std::chrono::nanoseconds period) noexcept {
    period_ = period;
    arm();
  }
  void arm() noexcept {
    written_since_ = false;
    timer_ = nullptr;
    ticking_ = host_->timer(ctx_, scope_.loop, detail::nanoseconds(period_), &tick, this, &timer_) == AS_PENDING;
  }
  static void tick(void* self, std::int32_t status) noexcept {
    auto* s = static_cast<Stream*>(self);
    s->ticking_ = false;
    if (s->closing_) return s->quiet();
    if (status < 0) return;
    if (s->written_since_ || s->writing_) return s->arm();
    const as_buf comment{":\n\n", 3, nullptr, nullptr};
    const std::int32_t result = s->host_->write(s->request_.raw(), &comment, 1, &beaten, s);
    if (result == AS_PENDING)
      s->beating_ = true;
    else if (result == AS_OK)
      s->arm();
  }
  static void beaten(void* self, std::int32_t status) noexcept {
    auto* s = static_cast<Stream*>(self);
    s->beating_ = false;
    if (s->closing_) return s->quiet();
    if (status >= 0) s->arm();
    if (detail::Write* next = std::exchange(s->queued_, nullptr)) next->go();
  }
  void quiet() noexcept {
    if (!ticking_ && !beating_) closing_.resume();
  }

  /// Ends the heartbeat; the stream must not die before.
  struct Quiesce {
    Stream& s;
    bool await_ready() const noexcept { return !s.ticking_ && !s.beating_; }
    void await_suspend(std::coroutine_handle<> h) const noexcept {
      s.closing_ = h;
      if (s.ticking_) s.host_->timer_cancel(s.timer_);
    }
    void await_resume() const noexcept {}
  };
  Quiesce quiesce() noexcept { return {*this}; }

  const as_host* host_;
  as_ctx* ctx_;
  Request& request_;
  detail::Scope& scope_;

  std::chrono::nanoseconds period_{0};
  as_op* timer_ = nullptr;
  detail::Write* queued_ = nullptr;  // waits for the heartbeat that is being written
  std::coroutine_handle<> closing_;
  bool ticking_ = false;  // the timer will call back
  bool beating_ = false;  // the heartbeat's write will call back
  bool writing_ = false;  // the app's write will call back
  bool written_since_ = false;
};

inline bool detail::Write::start(Scope& scope) noexcept {
  if (scope.cancelled()) return (status_ = AS_ECANCELED, false);
  if (text_.empty() && length_ == 0) return false;
  if (out_.beating_) return (out_.queued_ = this, true);
  out_.written_since_ = true;
  if (file_ >= 0) {
    status_ = out_.can_write_file()
                  ? out_.host_->write_file(out_.request_.raw(), file_, offset_, length_, &written, this)
                  : AS_ENOSYS;
    return out_.writing_ = status_ == AS_PENDING;
  }
  // The text lives until this write is over, and the host gives it back before: nothing needs to be copied.
  const as_buf piece{text_.data(), text_.size(), [](void*) noexcept {}, nullptr};
  status_ = out_.host_->write(out_.request_.raw(), &piece, 1, &written, this);
  return out_.writing_ = status_ == AS_PENDING;
}

inline void detail::Write::written(void* self, std::int32_t status) noexcept {
  auto* write = static_cast<Write*>(self);
  write->out_.writing_ = false;
  write->status_ = status;
  write->waiting_.resume();
}

inline void detail::Write::go() noexcept {
  if (!start(out_.scope_)) waiting_.resume();
}

}  // namespace v1
}  // namespace appserve
