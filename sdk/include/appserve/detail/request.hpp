// The request as a handler sees it: views of what the host holds, its body as a whole or piece by piece.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/task.hpp>
#include <appserve/detail/text.hpp>

#include <stdexcept>

namespace appserve {
inline namespace v1 {

namespace detail {

inline constexpr std::size_t kMaxParams = 8;

/// The encoded path segments that matched `{...}`, in order. Only `count` of them are initialised.
class Params {
 public:
  Params() noexcept {}  // NOLINT(modernize-use-equals-default): leaves the segments alone
  Params(const Params& other) noexcept { *this = other; }
  Params& operator=(const Params& other) noexcept {
    count_ = other.count_;
    for (std::size_t i = 0; i < count_; ++i) segments_[i] = other.segments_[i];
    return *this;
  }
  std::size_t count() const noexcept { return count_; }
  std::string_view operator[](std::size_t i) const noexcept { return view(segments_[i]); }
  void push(std::string_view segment) noexcept { segments_[count_++] = str(segment); }
  void pop() noexcept { --count_; }

 private:
  as_str segments_[kMaxParams];
  std::size_t count_ = 0;
};

/// What a negative status of a request operation means to a handler.
inline void raise(std::int32_t status, const char* what) {
  if (status >= 0) return;
  if (status == AS_ECANCELED || status == AS_EGONE) throw Cancelled();
  if (status == AS_ETOOBIG) throw HttpError(413);
  if (status == AS_ETIMEDOUT) throw HttpError(408);
  throw std::runtime_error(std::string(what) + " failed with code " + std::to_string(status));
}

class ReadChunk {
 public:
  ReadChunk(const as_host* host, as_req* req) noexcept : host_(host), req_(req) {}
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    if (scope_of(h).cancelled()) throw Cancelled();
    waiting_ = h;
    return ask();
  }
  std::optional<std::string_view> await_resume() const {
    raise(status_, "reading the body");
    return status_ == AS_EOF ? std::nullopt : std::optional(view(chunk_));
  }

 private:
  bool ask() noexcept { return (status_ = host_->body_next(req_, &chunk_, &arrived, this)) == AS_PENDING; }
  static void arrived(void* self, std::int32_t status) noexcept {
    auto* read = static_cast<ReadChunk*>(self);
    if (status < 0)
      read->status_ = status;
    else if (read->ask())
      return;
    read->waiting_.resume();
  }

  const as_host* host_;
  as_req* req_;
  as_str chunk_{};
  std::coroutine_handle<> waiting_;
  std::int32_t status_ = AS_OK;
};

class CollectBody {
 public:
  CollectBody(const as_host* host, as_req* req, std::size_t max) noexcept : host_(host), req_(req), max_(max) {}
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    if (scope_of(h).cancelled()) throw Cancelled();
    waiting_ = h;
    return start();
  }
  /// AS_OK or why there is no body.
  std::int32_t await_resume() const noexcept { return status_ > 0 ? AS_OK : status_; }
  std::string_view body() const noexcept { return view(all_); }

 private:
  bool start() noexcept { return (status_ = host_->body_all(req_, max_, &all_, &arrived, this)) == AS_PENDING; }
  static void arrived(void* self, std::int32_t status) noexcept {
    auto* read = static_cast<CollectBody*>(self);
    read->status_ = status;
    if (status >= 0 && read->start()) return;
    read->waiting_.resume();
  }

  const as_host* host_;
  as_req* req_;
  std::size_t max_;
  as_str all_{};
  std::coroutine_handle<> waiting_;
  std::int32_t status_ = AS_OK;
};

class ReadAll : public CollectBody {
 public:
  using CollectBody::CollectBody;
  std::string_view await_resume() const {
    raise(CollectBody::await_resume(), "reading the body");
    return body();
  }
};

}  // namespace detail

/// One header of a request. Views die with the request.
struct Field {
  std::string_view name, value;
};

/// The request. Views it gives live until the response is complete and the handler has returned; copy what you keep
/// longer. Use it only on its own loop, i.e. in the handler and in what the handler awaits.
class Request {
 public:
  Request(const as_host* host, as_ctx* ctx, as_req* raw) noexcept : host_(host), ctx_(ctx), raw_(raw) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  /// What the request line and its connection say.
  std::string_view method() const noexcept { return detail::view(raw_->method_name); }
  std::string_view target() const noexcept { return detail::view(raw_->target); }  ///< as sent, byte for byte
  std::string_view prefix() const noexcept { return detail::view(raw_->prefix); }  ///< the mount point: "" or "/game"
  std::string_view path() const noexcept { return detail::view(raw_->path); }      ///< below it, percent-encoded
  std::string_view query_string() const noexcept { return detail::view(raw_->query); }  ///< encoded, without '?'
  std::string_view scheme() const noexcept { return detail::view(raw_->scheme); }       ///< as the client sees it
  std::string_view host() const noexcept { return detail::view(raw_->authority); }      ///< as the client sees it
  std::string_view remote() const noexcept { return detail::view(raw_->remote); }       ///< "192.0.2.1:49152"
  std::string_view id() const noexcept { return detail::view(raw_->id); }               ///< as in the server's log
  std::int64_t content_length() const noexcept { return raw_->content_length; }         ///< -1: unknown
  std::string_view route() const noexcept { return route_; }  ///< the matching pattern, "" if none

  /// The first value of a query parameter, decoded.
  std::optional<std::string> query(std::string_view name) const { return detail::form_value(query_string(), name); }
  /// The same as a number or bool; nullopt if it is absent or none.
  template <class T>
  std::optional<T> query(std::string_view name) const {
    T value{};
    const auto text = query(name);
    return text && detail::parse_scalar(*text, value) ? std::optional(value) : std::nullopt;
  }

  /// The first header of this name, whatever its case.
  std::optional<std::string_view> header(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < raw_->field_count; ++i)
      if (detail::equal_ignoring_case(detail::view(raw_->fields[i].name), name))
        return detail::view(raw_->fields[i].value);
    return std::nullopt;
  }
  std::size_t header_count() const noexcept { return raw_->field_count; }
  Field header_at(std::size_t i) const noexcept {
    return {detail::view(raw_->fields[i].name), detail::view(raw_->fields[i].value)};
  }
  std::string_view content_type() const noexcept { return header("content-type").value_or(std::string_view()); }

  /// The value of a cookie the client sent, as it was sent.
  std::optional<std::string_view> cookie(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < raw_->field_count; ++i) {
      if (detail::view(raw_->fields[i].name) != "cookie") continue;
      std::string_view rest = detail::view(raw_->fields[i].value);
      while (!rest.empty()) {
        const auto end = std::min(rest.find(';'), rest.size());
        const std::string_view pair = detail::trimmed(rest.substr(0, end));
        const auto eq = pair.find('=');
        if (eq != pair.npos && pair.substr(0, eq) == name) return pair.substr(eq + 1);
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
    return std::nullopt;
  }

  /// The i-th `{...}` of the pattern, decoded; "" if there is none.
  std::string param(std::size_t i) const {
    return params_ && i < params_->count() ? detail::percent_decoded((*params_)[i]) : std::string();
  }

  /// The next piece of the body, valid until the next read: `while (auto chunk = co_await req.read()) ...`.
  detail::ReadChunk read() noexcept { return {host_, raw_}; }
  /// The whole body; more than `max` bytes end the handler with 413. The view lives as long as the request.
  detail::ReadAll body(std::size_t max = std::size_t{8} << 20) noexcept { return {host_, raw_, max}; }

  /// log(): the server's, under the app's name. loop_index(): of the loop the request lives on, from 0. raw(): for code
  /// that speaks the C interface.
  Log log() const noexcept { return {host_, ctx_}; }
  std::uint32_t loop_index() const noexcept { return raw_->loop_index; }
  as_req* raw() const noexcept { return raw_; }
  /// The path's parameters, encoded; for extractors.
  const detail::Params& params() const noexcept { return *params_; }

  /// The body as far as extractors are concerned: complete with the request, or collected before the handler ran.
  std::string_view collected_body() const noexcept {
    return raw_->flags & AS_REQ_BODY_COMPLETE ? detail::view(raw_->body) : collected_;
  }
  void collected_body(std::string_view body) noexcept { collected_ = body; }

  /// Set before any handler or middleware sees the request; `params` outlives it.
  void matched(std::string_view route, const detail::Params& params) noexcept {
    route_ = route;
    params_ = &params;
  }

 private:
  const as_host* host_;
  as_ctx* ctx_;
  as_req* raw_;
  std::string_view route_;
  std::string_view collected_;
  const detail::Params* params_ = nullptr;
};

}  // namespace v1
}  // namespace appserve
