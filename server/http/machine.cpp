#include "http/machine.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <memory>
#include <type_traits>

#include "base/append.hpp"
#include "http/method.hpp"
#include "http/request_fields.hpp"
#include "http/request_parser.hpp"
#include "http/response_fields.hpp"
#include "http/status_line.hpp"
#include "http/target.hpp"

namespace appserve::http {
namespace {

constexpr std::size_t kVersionBytes = 11;  // " HTTP/1.1\r\n"
constexpr Refusal kTooLarge{413, "the content is larger than is taken here"};

/// llhttp takes no HTAB behind Content-Length and Transfer-Encoding, which is legal white space: it becomes SP.
void blank_trailing_tabs(std::span<char> bytes) {
  for (std::size_t i = bytes.size(); i-- > 0;) {
    if (bytes[i] != '\r') continue;
    while (i > 0 && (bytes[i - 1] == '\t' || bytes[i - 1] == ' ')) bytes[--i] = ' ';
  }
}

/// What the absolute form says is the host; the received Host counts for nothing (RFC 9112 3.2.2).
void replace_host(std::string_view authority, RequestHead& head) {
  head.authority = authority;
  for (Field& field : head.fields)
    if (field.name == "host") field.value = authority;
}

/// A number as text.
class Decimal {
 public:
  explicit Decimal(std::uint64_t number)
      : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}
  std::string_view text() const { return {digits_.data(), end_}; }

 private:
  std::array<char, 20> digits_;
  const char* end_;
};

constexpr bool has_no_content(int status) { return status == 204 || status == 205 || status == 304; }

/// The value of Server among rendered fields; empty when it is not there.
std::string_view ident_of(std::string_view common) {
  static constexpr std::string_view kServer = "Server: ";
  if (!common.starts_with(kServer)) return {};
  return common.substr(kServer.size(), common.find('\r') - kServer.size());
}

}  // namespace

// ---- request ----------------------------------------------------------------------------------------------------

HeadScan Machine::scan_head(std::string_view input) {
  auto scan = gate_.scan(input, *limits_);
  head_request_ = gate_.knows_method() && gate_.method() == Method::head;
  return scan;
}

std::optional<Refusal> Machine::parse_head(std::span<char> bytes, RequestHead& head) {
  const std::string_view text(bytes.data(), bytes.size());
  const std::size_t start = gate_.start(), method_end = gate_.method_end(), target_end = gate_.target_end();
  assert(target_end + kVersionBytes + 2 <= bytes.size());

  head.method = gate_.method();
  head.method_name = {text.data() + start, method_end - start};
  head.target = {text.data() + method_end + 1, target_end - method_end - 1};
  head.minor_version = std::min(gate_.minor_version(), 1);  // a later HTTP/1.x is served as 1.1 (RFC 9110 2.5)
  minor_version_ = static_cast<std::uint8_t>(head.minor_version);

  const auto target = parse_target(head.method, head.target);
  if (!target) return target.error();
  head.path = target->path;
  head.query = target->query;
  head.plain_path = target->plain;

  if (gate_.has_tabs()) blank_trailing_tabs(bytes);
  head.fields.clear();
  if (auto refusal = parse_fields(bytes.subspan(target_end + kVersionBytes), head.fields)) return refusal;
  head.authority = {};
  if (auto refusal = read_request_fields(bytes, limits_->require_host, head)) return refusal;
  if (target->absolute) replace_host(target->authority, head);

  if (!head.keep_alive) close_ = true;
  body_ = head.body;
  body_done_ = body_ == BodyKind::none;
  expects_ = head.expect_continue;
  body_left_ = head.content_length;
  return limit_body(limits_->body);
}

std::optional<Refusal> Machine::limit_body(std::uint64_t bytes) {
  if (body_ == BodyKind::length && body_left_ > bytes) return kTooLarge;
  if (body_ != BodyKind::chunked) return std::nullopt;
  body_left_ = bytes;
  return chunked_.announced() > bytes ? std::optional(kTooLarge) : std::nullopt;
}

Machine::BodyStep Machine::decode_body(std::string_view input) {
  if (body_done_) return {0, {}, true, {}};
  if (!input.empty()) expects_ = false;  // it has come without being asked for
  if (body_ == BodyKind::chunked) return decode_chunks(input);
  const auto data = input.substr(0, body_left_);
  body_left_ -= data.size();
  body_done_ = body_left_ == 0;
  return {data.size(), data, body_done_, {}};
}

Machine::BodyStep Machine::decode_chunks(std::string_view input) {
  if (chunked_.announced() > body_left_) return {0, {}, false, kTooLarge};  // the limit was lowered within a chunk
  const auto step = chunked_.decode(input, limits_->chunk_overhead, body_left_);
  if (step.refusal) return {0, {}, false, step.refusal};
  body_left_ -= step.data.size();
  body_done_ = step.done;
  return {step.consumed, step.data, step.done, {}};
}

bool Machine::take_expectation() {
  const bool due = awaits_continue();
  if (due) expects_ = false;
  return due;
}

// ---- response ---------------------------------------------------------------------------------------------------

Machine::Framing Machine::choose_framing(int status, std::int64_t length) const {
  if (head_request_ || has_no_content(status)) return Framing::none;
  if (length >= 0) return Framing::length;
  return minor_version_ == 0 ? Framing::until_close : Framing::chunked;
}

std::string_view Machine::connection_field(bool upgrade) const {
  if (close_) return upgrade ? "Connection: close, upgrade\r\n" : "Connection: close\r\n";
  if (minor_version_ == 0) return "Connection: Keep-Alive\r\n";
  return upgrade ? "Connection: upgrade\r\n" : "";
}

/// What follows the app's own fields. Content-Length is also said where no content follows: of what GET would have got
/// (HEAD, 304), and 0 for 205.
void Machine::append_rest(int status, std::int64_t length, const ResponseAsks& asks, std::string& out) const {
  if (status == 205) length = 0;
  const bool tells_length = status != 204 && length >= (status == 304 ? 1 : 0);
  const bool typed = !asks.content_type.empty(), chunked = response_framing_ == Framing::chunked;
  const Decimal digits(static_cast<std::uint64_t>(tells_length ? length : 0));
  append_all(out, only(typed, "Content-Type: "), asks.content_type, only(typed, "\r\n"), asks.common,
             only(chunked, "Transfer-Encoding: chunked\r\n"), only(tells_length, "Content-Length: "),
             tells_length ? digits.text() : std::string_view(), only(tells_length, "\r\n"),
             connection_field(asks.upgrade), "\r\n");
}

/// An answer of the commonest kind, whose head is all rendered but for the length.
bool Machine::is_plain(const ResponseHead& head) const {
  return head.status == 200 && head.fields.empty() && head.content_length >= 0 && !head.close && !close_ &&
         minor_version_ == 1 && !head_request_ && (body_done_ || !expects_);
}

Machine::Start Machine::start_response(const ResponseHead& head, const CommonFields& common, std::string& out) {
  assert(!response_started_);
  if (is_plain(head))
    if (const auto plain = common.plain_head(head.content_type); !plain.empty()) {
      response_framing_ = Framing::length;
      response_left_ = static_cast<std::uint64_t>(head.content_length);
      append_all(out, plain, Decimal(response_left_).text(), "\r\n\r\n");
      response_started_ = true;
      return Start::ok;
    }
  if (head.status < 200 || head.status > 599) return Start::bad_status;
  const std::size_t begin = out.size();
  out.append(StatusLine(head.status, minor_version_).text());
  const auto asks = append_fields(head, common.text(), out);
  const bool own_length = asks && asks->content_length >= 0;
  const bool no_content = head_request_ || has_no_content(head.status);
  if (!asks || (own_length && head.content_length >= (no_content ? 1 : 0))) {
    out.resize(begin);
    return Start::bad_field;
  }
  const std::int64_t length = own_length ? asks->content_length : head.content_length;

  response_framing_ = choose_framing(head.status, length);
  response_left_ = response_framing_ == Framing::length ? static_cast<std::uint64_t>(length) : 0;
  const bool unasked_body = expects_ && !body_done_;  // it may come or not: nobody can tell (RFC 9110 10.1.1)
  const bool no_end = minor_version_ == 0 && length < 0 && !has_no_content(head.status);
  close_ = close_ || head.close || asks->close || unasked_body || no_end;
  append_rest(head.status, length, *asks, out);
  response_started_ = true;
  return Start::ok;
}

Machine::Frame Machine::frame_body(std::string_view data) {
  const Frames frames = frame_body(std::uint64_t{data.size()});
  const bool cut = frames.size < data.size() && !(response_framing_ == Framing::none && head_request_);
  return {frames.line, data.substr(0, frames.size), frames.suffix, cut};
}

Machine::Frames Machine::frame_body(std::uint64_t size) {
  switch (response_framing_) {
    case Framing::none:
      return {};
    case Framing::length:
      size = std::min(size, response_left_);
      response_left_ -= size;
      break;
    case Framing::chunked: {
      if (size == 0) break;
      Frames frames{.suffix = "\r\n", .size = size};
      char* const begin = frames.line.octets.data();
      char* end = std::to_chars(begin, begin + 16, size, 16).ptr;
      *end++ = '\r';
      *end++ = '\n';
      frames.line.size = static_cast<std::uint8_t>(end - begin);
      return frames;
    }
    case Framing::until_close:
      break;
  }
  return {.size = size};
}

bool Machine::end_response(std::string& out) {
  if (response_framing_ == Framing::chunked) out.append("0\r\n\r\n");
  response_done_ = true;
  if (response_left_ > 0) close_ = true;
  return response_left_ == 0;
}

void Machine::refuse(const Refusal& refusal, std::string_view common, std::string& out) {
  assert(!response_started_);
  close_ = true;
  response_started_ = response_done_ = true;

  std::string body(reason_phrase(refusal.status));
  body.append("\r\n\r\n").append(refusal.why).append("\r\n");
  if (const auto ident = ident_of(common); !ident.empty()) {
    body.append("\r\n(generated by ").append(ident).append(")\r\n");
  }
  append_all(out, StatusLine(refusal.status, 1).text(), common);
  if (refusal.status == 405) out.append("Allow: ").append(kCommonMethods).append("\r\n");
  out.append("Content-Type: text/plain; charset=utf-8\r\nContent-Length: ");
  append_all(out, Decimal(body.size()).text(), "\r\nConnection: close\r\n\r\n");
  if (!head_request_) out.append(body);
}

// ---- between messages -------------------------------------------------------------------------------------------

void Machine::finish_message() {
  static_assert(std::is_trivially_destructible_v<Machine>);
  assert(body_done_ && response_done_);
  const bool close = close_;
  std::construct_at(this, *limits_);  // in place: twice as fast as assigning
  close_ = close;
}

}  // namespace appserve::http
