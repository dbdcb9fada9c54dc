// The answer: status, headers and a body that is text, shared text, or a stream the app writes.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/stream.hpp>
#include <memory>
#include <vector>

namespace appserve {
inline namespace v1 {

/// A cookie to set: `r.cookie({.name = "sid", .value = id, .max_age = 1h})`.
struct SetCookie {
  std::string name;
  std::string value;
  std::optional<std::chrono::seconds> max_age{};  // absent: until the browser closes
  std::string path = "/";
  std::string domain{};
  bool http_only = true;
  bool secure = false;
  std::string same_site = "Lax";
};

template <class T>
struct JsonCodec;  // appserve/json.hpp

namespace detail {
/// {"error": "..."}. A template, so that only handlers that speak JSON need json.hpp.
template <class T>
struct JsonError {
  std::string_view error;
};
}  // namespace detail

class Response {
 public:
  Response() = default;
  explicit Response(int status) noexcept : status_(status) {}
  Response(int status, std::string body, std::string_view content_type = "text/plain; charset=utf-8")
      : status_(status), content_type_(content_type), body_(std::move(body)) {}

  static Response text(std::string body) { return {200, std::move(body)}; }
  static Response html(std::string body) { return {200, std::move(body), "text/html; charset=utf-8"}; }
  /// With appserve/json.hpp: anything that has a JSON form.
  template <class T>
  static Response json(const T& value) {
    return {200, JsonCodec<T>::text(value), "application/json"};
  }
  /// 302 by default; 303 after a form, 308 to stay.
  static Response redirect(std::string_view location, int status = 302) {
    return std::move(Response(status).header("location", location));
  }
  /// A body many responses share, sent without copying it.
  static Response shared(std::shared_ptr<const std::string> body, std::string_view content_type) {
    Response r(200, {}, content_type);
    r.shared_ = std::move(body);
    return r;
  }
  /// A body written piece by piece: `Response::stream([](Stream& out) -> Task<> { co_await out.write("x"); })`.
  /// The function is kept until it ends, its captures too. A failure in it cuts the connection.
  template <class F>
  static Response stream(F write, std::string_view content_type = "text/plain; charset=utf-8") {
    Response r(200, {}, content_type);
    r.producer_ = std::make_shared<detail::ProducerOf<F>>(std::move(write));
    return r;
  }
  /// Server-sent events, see Stream::event. Ends when the client leaves or the server goes away; the browser then
  /// connects again by itself. A stream that was quiet for one to two
  /// `heartbeat`s carries a comment, so that a client that has silently gone is noticed.
  template <class F>
  static Response sse(F write, std::chrono::nanoseconds heartbeat = 15s) {
    Response r = stream(std::move(write), "text/event-stream");
    r.header("cache-control", "no-cache").header("x-accel-buffering", "no");
    r.heartbeat_ = heartbeat;
    return r;
  }

  int status() const noexcept { return status_; }
  Response& status(int code) & noexcept { return status_ = code, *this; }
  Response&& status(int code) && noexcept { return std::move(status(code)); }

  const std::string& body() const noexcept { return shared_ ? *shared_ : body_; }
  Response& body(std::string text) & { return body_ = std::move(text), shared_.reset(), producer_.reset(), *this; }
  Response&& body(std::string text) && { return std::move(body(std::move(text))); }

  const std::string& type() const noexcept { return content_type_; }
  Response& type(std::string_view content_type) & { return content_type_ = content_type, *this; }
  Response&& type(std::string_view content_type) && { return std::move(type(content_type)); }

  /// Sets a header, replacing one of the same name. Server decides about date, connection and the body's framing.
  Response& header(std::string_view name, std::string_view value) & {
    std::erase_if(headers_, [&](const auto& h) { return detail::equal_ignoring_case(h.first, name); });
    return add_header(name, value);
  }
  Response&& header(std::string_view name, std::string_view value) && { return std::move(header(name, value)); }
  Response& add_header(std::string_view name, std::string_view value) & {
    return headers_.emplace_back(name, value), *this;
  }
  Response&& add_header(std::string_view name, std::string_view value) && { return std::move(add_header(name, value)); }
  std::optional<std::string_view> header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers_)
      if (detail::equal_ignoring_case(key, name)) return value;
    return std::nullopt;
  }
  const std::vector<std::pair<std::string, std::string>>& headers() const noexcept { return headers_; }

  Response& cookie(const SetCookie& c) & {
    std::string text = c.name + "=" + c.value;
    if (!c.path.empty()) text += "; Path=" + c.path;
    if (!c.domain.empty()) text += "; Domain=" + c.domain;
    if (c.max_age) text += "; Max-Age=" + std::to_string(c.max_age->count());
    if (c.http_only) text += "; HttpOnly";
    if (c.secure) text += "; Secure";
    if (!c.same_site.empty()) text += "; SameSite=" + c.same_site;
    return add_header("set-cookie", text);
  }
  Response&& cookie(const SetCookie& c) && { return std::move(cookie(c)); }

  /// The length of a streamed body, if it is known before: it is then sent instead of chunks.
  Response& length(std::int64_t bytes) & noexcept { return length_ = bytes, *this; }
  Response&& length(std::int64_t bytes) && noexcept { return std::move(length(bytes)); }
  std::int64_t length() const noexcept { return length_; }

  /// Close the connection after this response.
  Response& close() & noexcept { return close_ = true, *this; }
  Response&& close() && noexcept { return std::move(close()); }

  bool streaming() const noexcept { return producer_ != nullptr; }

 private:
  friend struct detail::Sender;
  int status_ = 200;
  bool close_ = false;
  std::string content_type_;
  std::string body_;
  std::shared_ptr<const std::string> shared_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::shared_ptr<detail::Producer> producer_;
  std::int64_t length_ = -1;
  std::chrono::nanoseconds heartbeat_{0};
};

namespace detail {

/// Hands responses to the host. [home]
struct Sender {
  /// A body of this size or more is handed over instead of being copied.
  static constexpr std::size_t kCopyBelow = 16384;

  static std::int32_t text(const as_host& host, as_req* req, int status, std::string_view content_type,
                           std::string_view body) noexcept {
    const as_buf piece{body.data(), body.size(), nullptr, nullptr};
    as_resp head{};
    head.size = sizeof head;
    head.status = static_cast<std::uint32_t>(status);
    head.content_type = str(content_type);
    head.body = &piece;
    head.body_count = body.empty() ? 0 : 1;
    head.content_length = -1;
    return host.respond(req, &head);
  }

  static std::int32_t whole(const as_host& host, as_req* req, Response& r) {
    as_buf piece{r.body_.data(), r.body_.size(), nullptr, nullptr};
    if (r.shared_)
      piece = hand_over(std::make_unique<std::shared_ptr<const std::string>>(std::move(r.shared_)));
    else if (r.body_.size() >= kCopyBelow)
      piece = hand_over(std::make_unique<std::string>(std::move(r.body_)));
    return with_head(r, [&](as_resp& head) {
      head.body = &piece;
      head.body_count = piece.len == 0 && piece.release == nullptr ? 0 : 1;
      return host.respond(req, &head);
    });
  }

  static std::int32_t begin(const as_host& host, as_req* req, const Response& r) {
    return with_head(r, [&](as_resp& head) { return host.begin(req, &head); });
  }

  static Producer& producer(const Response& r) noexcept { return *r.producer_; }
  static std::chrono::nanoseconds heartbeat(const Response& r) noexcept { return r.heartbeat_; }

 private:
  template <class F>
  static std::int32_t with_head(const Response& r, F&& send) {
    constexpr std::size_t kInPlace = 16;
    as_field in_place[kInPlace];
    std::vector<as_field> many;
    as_field* fields = in_place;
    if (r.headers_.size() > kInPlace) many.resize(r.headers_.size()), fields = many.data();
    for (std::size_t i = 0; i < r.headers_.size(); ++i)
      fields[i] = {str(r.headers_[i].first), str(r.headers_[i].second)};
    as_resp head{};
    head.size = sizeof head;
    head.status = static_cast<std::uint32_t>(r.status_);
    head.flags = r.close_ ? AS_RESP_CLOSE : 0;
    head.fields = fields;
    head.field_count = r.headers_.size();
    head.content_type = str(r.content_type_);
    head.content_length = r.length_;
    return send(head);
  }

  static as_buf hand_over(std::unique_ptr<std::string> body) noexcept {
    const std::string& text = *body;
    return owned(text, body.release());
  }
  static as_buf hand_over(std::unique_ptr<std::shared_ptr<const std::string>> body) noexcept {
    const std::string& text = **body;
    return owned(text, body.release());
  }
  template <class Owner>
  static as_buf owned(const std::string& text, Owner* owner) noexcept {
    return {text.data(), text.size(), +[](void* p) { delete static_cast<Owner*>(p); }, owner};
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
