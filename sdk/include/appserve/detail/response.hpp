// The answer: status, headers and a body that is text, shared text, or a stream the app writes.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/stream.hpp>

namespace appserve {
inline namespace v1 {

/// Which requests from other sites carry a cookie (RFC 6265bis 5.2): none; only a top-level navigation; all.
enum class SameSite : unsigned char { strict, lax, none };

/// A cookie to set: `r.cookie({.name = "sid", .value = id, .max_age = 1h})`. Safe unless told otherwise: scripts do not
/// see it, other sites' forms do not send it, and over https it stays there.
struct SetCookie {
  std::string name;
  std::string value;                              ///< visible ASCII but `"` `,` `;` `\`; encode the rest
  std::optional<std::chrono::seconds> max_age{};  ///< absent: until the browser closes; 0: deletes it
  std::string path = "/";
  std::string domain{};  ///< empty: this host only
  bool http_only = true;
  /// Only over https. Absent: if the request came over https (see Request::scheme), or the cookie needs it: its name
  /// starts with __Host- or __Secure-, it is for other sites (SameSite::none) or partitioned.
  std::optional<bool> secure{};
  SameSite same_site = SameSite::lax;
  bool partitioned = false;  ///< one cookie per top-level site (CHIPS)
};

template <class T>
struct JsonCodec;  // appserve/json.hpp

namespace detail {

/// A body that outlives its response.
struct SharedText : Counted {
  virtual std::string_view text() const noexcept = 0;
};
template <class Pointer>
struct SharedTextIn final : SharedText {
  explicit SharedTextIn(Pointer p) noexcept : pointer(std::move(p)) {}
  std::string_view text() const noexcept override { return *pointer; }
  Pointer pointer;
};
/// A Set-Cookie field's value. Throws std::invalid_argument for what a browser would ignore or misread.
inline std::string cookie_text(const SetCookie& c) {
  const auto refuse = [&](const char* why) { throw std::invalid_argument("the cookie '" + c.name + "' " + why); };
  const auto among = [](std::string_view text, std::string_view not_these) {
    for (const char ch : text)
      if (ch <= ' ' || ch > '~' || not_these.find(ch) != not_these.npos) return false;
    return true;
  };
  const bool host = c.name.starts_with("__Host-");
  const bool needs_https = host || c.name.starts_with("__Secure-") || c.same_site == SameSite::none || c.partitioned;
  if (c.name.empty() || !among(c.name, "()<>@,;:\\\"/[]?={}")) refuse("has a name that is none");
  if (!among(c.value, "\",;\\")) refuse("has a value with characters a cookie cannot carry: encode it");
  if (!among(c.domain, ";") || !among(c.path, ";")) refuse("has a path or domain that is none");
  if (host && (c.path != "/" || !c.domain.empty())) refuse("is a __Host- cookie: its path is / and it has no domain");
  if (needs_https && !c.secure.value_or(true)) refuse("must be secure: a browser refuses it otherwise");
  std::string text = c.name + "=" + c.value;
  if (!c.path.empty()) text += "; Path=" + c.path;
  if (!c.domain.empty()) text += "; Domain=" + c.domain;
  if (c.max_age) text += "; Max-Age=" + std::to_string(c.max_age->count());
  if (c.http_only) text += "; HttpOnly";
  text += c.same_site == SameSite::lax      ? "; SameSite=Lax"
          : c.same_site == SameSite::strict ? "; SameSite=Strict"
                                            : "; SameSite=None";
  if (c.partitioned) text += "; Partitioned";
  if (c.secure.value_or(needs_https)) text += "; Secure";
  if (text.size() > 4096) refuse("is larger than the 4096 bytes browsers keep");
  return text;
}

class Outcome;

struct LargeText final : SharedText {
  explicit LargeText(std::string s) noexcept : own(std::move(s)) {}
  std::string_view text() const noexcept override { return own; }
  std::string own;
};

/// {"error": "..."}. A template, so that only handlers that speak JSON need json.hpp.
template <class T>
struct JsonError {
  std::string_view error;
};
}  // namespace detail

/// The headers of a response, in the order they were added; one block of memory.
class ResponseHeaders {
 public:
  ResponseHeaders() = default;
  ResponseHeaders(ResponseHeaders&& other) noexcept { swap(other); }
  ResponseHeaders(const ResponseHeaders& other) {
    for (const Field h : other) add(h.name, h.value);
  }
  ResponseHeaders& operator=(ResponseHeaders other) noexcept { return swap(other), *this; }
  ~ResponseHeaders() { delete[] block_; }

  /// Views of one header at a time; they live until the headers change.
  struct Iterator {
    Field operator*() const noexcept {
      const Sizes n = sizes();
      return {{at + sizeof n, n.name}, {at + sizeof n + n.name, n.value}};
    }
    Iterator& operator++() noexcept {
      const Sizes n = sizes();
      at += sizeof n + n.name + n.value;
      return *this;
    }
    bool operator!=(const Iterator& other) const noexcept { return at != other.at; }
    const char* at;

   private:
    friend class ResponseHeaders;
    struct Sizes {
      std::size_t name, value;
    };
    Sizes sizes() const noexcept {
      Sizes n;
      std::memcpy(&n, at, sizeof n);
      return n;
    }
  };
  Iterator begin() const noexcept { return {block_}; }
  Iterator end() const noexcept { return {block_ + used_}; }
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }

  void add(std::string_view name, std::string_view value) {
    const Iterator::Sizes n{name.size(), value.size()};
    char* to = room_for(sizeof n + n.name + n.value);
    std::memcpy(to, &n, sizeof n);
    name.copy(to + sizeof n, n.name);
    value.copy(to + sizeof n + n.name, n.value);
    ++count_;
  }
  /// All of this name, whatever its case.
  void remove(std::string_view name) noexcept {
    char* kept = block_;
    for (Iterator i = begin(); i != end();) {
      const bool gone = detail::equal_ignoring_case((*i).name, name);
      const char* from = i.at;
      const auto n = static_cast<std::size_t>((++i).at - from);
      if (gone)
        --count_;
      else
        kept = static_cast<char*>(std::memmove(kept, from, n)) + n;
    }
    used_ = static_cast<std::size_t>(kept - block_);
  }

 private:
  char* room_for(std::size_t more) {
    if (used_ + more > room_) {
      const std::size_t room = (used_ + more) * 2 + 64;
      char* block = new char[room];
      if (used_ != 0) std::memcpy(block, block_, used_);
      delete[] block_;
      block_ = block;
      room_ = room;
    }
    used_ += more;
    return block_ + (used_ - more);
  }
  void swap(ResponseHeaders& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(used_, other.used_);
    std::swap(room_, other.room_);
    std::swap(count_, other.count_);
  }
  char* block_ = nullptr;  // of each: the sizes, the name, the value
  std::size_t used_ = 0;
  std::size_t room_ = 0;
  std::size_t count_ = 0;
};

/// An answer, as a value: `Response(404)`, `Response::html(page).header("x-a", "b")`. Setters change it and give it
/// back.
class Response {
 public:
  Response() = default;
  explicit Response(int status) noexcept : status_(status) {}
  Response(int status, std::string body) noexcept : status_(status), fixed_type_(kPlain), body_(std::move(body)) {}
  Response(int status, std::string body, std::string_view content_type)
      : status_(status), own_type_(content_type), body_(std::move(body)) {}

  /// 200, as text/plain or text/html in UTF-8.
  static Response text(std::string body) { return {200, std::move(body)}; }
  static Response html(std::string body) { return fixed("text/html; charset=utf-8", std::move(body)); }
  /// With appserve/json.hpp: anything that has a JSON form.
  template <class T>
  static Response json(const T& value) {
    return fixed("application/json", JsonCodec<T>::text(value));
  }
  /// 302 by default; 303 after a form, 308 to stay.
  static Response redirect(std::string_view location, int status = 302) {
    return std::move(Response(status).header("location", location));
  }
  /// A body many responses share, sent without copying it: `body` is a std::shared_ptr<const std::string> or anything
  /// else that keeps a text alive and dereferences to it.
  template <class Pointer>
  static Response shared(Pointer body, std::string_view content_type) {
    Response r(200, {}, content_type);
    r.shared_ = detail::Ref<detail::SharedText>(new detail::SharedTextIn<Pointer>(std::move(body)));
    return r;
  }
  /// A body written piece by piece: `Response::stream([](Stream& out) -> Task<> { co_await out.write("x"); })`.
  /// The function is kept until it ends, its captures too. A failure in it cuts the connection.
  template <class F>
  static Response stream(F write, std::string_view content_type = "text/plain; charset=utf-8") {
    Response r(200, {}, content_type);
    r.producer_ = detail::Ref<detail::Producer>(new detail::ProducerOf<F>(std::move(write)));
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

  /// 200 unless set.
  int status() const noexcept { return status_; }
  Response& status(int code) & noexcept { return status_ = code, *this; }
  Response&& status(int code) && noexcept { return std::move(status(code)); }

  /// The body, empty when it is streamed; setting it replaces a shared or streamed one.
  std::string_view body() const noexcept { return shared_ ? shared_->text() : body_; }
  Response& body(std::string text) & { return body_ = std::move(text), shared_ = {}, producer_ = {}, *this; }
  Response&& body(std::string text) && { return std::move(body(std::move(text))); }

  /// The content type; empty: no such field.
  std::string_view type() const noexcept { return fixed_type_ ? std::string_view(fixed_type_) : own_type_; }
  Response& type(std::string_view content_type) & { return own_type_ = content_type, fixed_type_ = nullptr, *this; }
  Response&& type(std::string_view content_type) && { return std::move(type(content_type)); }

  /// Sets a header, replacing one of the same name. Server decides about date, connection and the body's framing.
  Response& header(std::string_view name, std::string_view value) & {
    headers_.remove(name);
    return add_header(name, value);
  }
  Response&& header(std::string_view name, std::string_view value) && { return std::move(header(name, value)); }
  Response& add_header(std::string_view name, std::string_view value) & { return headers_.add(name, value), *this; }
  Response&& add_header(std::string_view name, std::string_view value) && { return std::move(add_header(name, value)); }
  std::optional<std::string_view> header(std::string_view name) const noexcept {
    for (const Field h : headers_)
      if (detail::equal_ignoring_case(h.name, name)) return h.value;
    return std::nullopt;
  }
  /// All of them, in order: `for (const Field h : r.headers())`. Views that live until the response changes.
  const ResponseHeaders& headers() const noexcept { return headers_; }

  /// Sets a cookie. Throws std::invalid_argument for one that a browser would not keep.
  Response& cookie(const SetCookie& c) & {
    std::string text = detail::cookie_text(c);
    if (!c.secure && !text.ends_with("; Secure")) text += kSecureOverHttps;
    return add_header("set-cookie", text);
  }
  Response&& cookie(const SetCookie& c) && { return std::move(cookie(c)); }
  /// Makes the browser forget a cookie, which is known by its name, path and domain.
  Response& delete_cookie(std::string_view name, std::string_view path = "/", std::string_view domain = {}) & {
    return cookie({.name = std::string(name),
                   .value = {},
                   .max_age = std::chrono::seconds(0),
                   .path = std::string(path),
                   .domain = std::string(domain)});
  }
  Response&& delete_cookie(std::string_view name, std::string_view path = "/", std::string_view domain = {}) && {
    return std::move(delete_cookie(name, path, domain));
  }

  /// The length of a streamed body, if it is known before: it is then sent instead of chunks.
  Response& length(std::int64_t bytes) & noexcept { return length_ = bytes, *this; }
  Response&& length(std::int64_t bytes) && noexcept { return std::move(length(bytes)); }
  std::int64_t length() const noexcept { return length_; }

  /// Close the connection after this response.
  Response& close() & noexcept { return close_ = true, *this; }
  Response&& close() && noexcept { return std::move(close()); }

  /// Whether a function writes the body while it is sent.
  bool streaming() const noexcept { return static_cast<bool>(producer_); }

 private:
  friend struct detail::Sender;
  friend class detail::Outcome;
  /// The end of a Set-Cookie value that is decided when it is sent; no field can have it otherwise.
  static constexpr std::string_view kSecureOverHttps{"; Secure\0", 9};
  static constexpr const char* kPlain = "text/plain; charset=utf-8";
  static Response fixed(const char* literal_type, std::string body) noexcept {
    Response r(200, std::move(body));
    r.fixed_type_ = literal_type;
    return r;
  }

  int status_ = 200;
  bool close_ = false;
  const char* fixed_type_ = nullptr;  // a literal, or null: own_type_
  std::string own_type_;
  std::string body_;
  detail::Ref<detail::SharedText> shared_;
  ResponseHeaders headers_;
  detail::Ref<detail::Producer> producer_;
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
      piece = hand_over(std::move(r.shared_));
    else if (r.body_.size() >= kCopyBelow)
      piece = hand_over(Ref<SharedText>(new LargeText(std::move(r.body_))));
    return with_head(*req, r, [&](as_resp& head) {
      head.body = &piece;
      head.body_count = piece.len == 0 && piece.release == nullptr ? 0 : 1;
      return host.respond(req, &head);
    });
  }

  static std::int32_t begin(const as_host& host, as_req* req, const Response& r) {
    return with_head(*req, r, [&](as_resp& head) { return host.begin(req, &head); });
  }

  static Producer& producer(const Response& r) noexcept { return *r.producer_; }
  static std::chrono::nanoseconds heartbeat(const Response& r) noexcept { return r.heartbeat_; }

 private:
  template <class F>
  static std::int32_t with_head(const as_req& req, const Response& r, F&& send) {
    constexpr std::size_t kInPlace = 16;
    as_field in_place[kInPlace];
    const Array<as_field> many(r.headers_.size() > kInPlace ? r.headers_.size() : 0);
    as_field* const fields = many.data() ? many.data() : in_place;
    std::size_t count = 0;
    for (const Field h : r.headers_) fields[count++] = {str(h.name), str(decided(req, h.value))};
    as_resp head{};
    head.size = sizeof head;
    head.status = static_cast<std::uint32_t>(r.status_);
    head.flags = r.close_ ? AS_RESP_CLOSE : 0;
    head.fields = fields;
    head.field_count = count;
    head.content_type = str(r.type());
    head.content_length = r.length_;
    return send(head);
  }

  static std::string_view decided(const as_req& req, std::string_view value) {
    constexpr std::string_view kMark = Response::kSecureOverHttps;
    if (value.ends_with('\0') && value.ends_with(kMark))
      value.remove_suffix(view(req.scheme) == "https" ? 1 : kMark.size());
    return value;
  }

  static as_buf hand_over(Ref<SharedText> body) {
    auto* owner = new Ref<SharedText>(std::move(body));
    const std::string_view text = (*owner)->text();
    return {text.data(), text.size(), [](void* p) { delete static_cast<Ref<SharedText>*>(p); }, owner};
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
