#include "net/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

#include "net/connection.hpp"
#include "net/serving_loop.hpp"
#include "trace/activity.hpp"

namespace appserve::net {
namespace {

using service::Completion;
using service::Piece;
using service::Status;

// Nothing of it is sent.
Status refuse(std::span<const Piece> body, Status why) {
  for (const Piece& piece : body) piece.give_back();
  return why;
}

std::uint64_t total_size(std::span<const Piece> pieces) {
  std::uint64_t total = 0;
  for (const Piece& piece : pieces) total += piece.size();
  return total;
}

}  // namespace

// ---- opening and ending ---------------------------------------------------------------------------------------------

std::span<char> Exchange::take_head(std::string_view bytes) {
  bytes_in_ = bytes.size();
  return keep(bytes);
}

// A copy that lives as long as the exchange.
std::span<char> Exchange::keep(std::string_view bytes) {
  auto* place = static_cast<char*>(arena_.allocate(bytes.size()));
  std::char_traits<char>::copy(place, bytes.data(), bytes.size());
  return {place, bytes.size()};
}

void Exchange::open(Connection& connection, bool body_done) {
  const auto view = [](std::span<const char> s) { return std::string_view(s.data(), s.size()); };
  connection_ = &connection;
  body_done_ = body_done;
  home_.make_id(id_);
  new (&request_) service::Request{
      .method = head_.method,
      .http10 = head_.minor_version == 0,
      .tls = false,
      .body_complete = body_done,
      .plain_path = head_.plain_path,
      .method_name = head_.method_name,
      .target = head_.target,
      .path = head_.path,
      .query = head_.query,
      .prefix = {},
      .scheme = home_.options().scheme,
      .authority = head_.authority,
      .remote = view(keep(connection.peer())),
      .id = view(id_),
      .fields = head_.fields,
      .content_length = head_.body == http::BodyKind::chunked ? -1 : static_cast<std::int64_t>(head_.content_length),
      .body = body_done ? std::string_view(arrived_) : std::string_view(),
      .reader = this,
      .home = &home_.loop(),
  };
  began_ = home_.loop().now();
}

void Exchange::release_unopened() {
  released_ = true;
  recycle_if_unused();
}

void Exchange::abandon(service::Ending why, int status) {
  if (phase_ != Phase::open) return;
  if (connection_ == nullptr) return release_unopened();
  if (status_ == 0) status_ = status;
  tell(why);
  phase_ = Phase::abandoned;
  connection_ = nullptr;
  canceled_ = true;
  if (!armed()) end_within(home_.options().timeouts.request + home_.options().cancel_grace);
  wake_soon();
}

void Exchange::timed_out() {
  const std::string waits = request_.words == nullptr ? "" : trace::words_for_waits(*request_.words);
  home_.log().write(fault('E', 5004),
                    story(fmt::format("no answer within {} ms; the handler was cancelled; it waits for {}",
                                      home_.options().timeouts.request.count(),
                                      waits.empty() ? "nothing the server knows of" : waits)));
  end_within(home_.options().cancel_grace);
}

void Exchange::end_within(Duration time) {
  if (!released_) home_.loop().wheel().arm(*this, home_.loop().now() + time);
}

void Exchange::on_deadline() {
  stuck_ = true;
  home_.log().write(fault('E', 5005), story("the handler was cancelled and goes on; its memory is kept until it ends"));
  home_.handler_stuck(1);
}

void Exchange::cancel() {
  canceled_ = true;
  wake_soon();
}

void Exchange::finish(bool sent) {
  phase_ = Phase::finished;
  connection_ = nullptr;
  if (reading_ || writing_) wake_soon();
  if (sent) return tell(service::Ending::answered);
  undelivered_ = true;
  if (answered_ == Time{}) answered_ = Clock::now();
  const auto kept = keep(route_);
  route_ = {kept.data(), kept.size()};
}

void Exchange::delivered(service::Ending how) {
  undelivered_ = false;
  tell(how);
  recycle_if_unused();
}

void Exchange::enter() {
  if (!std::exchange(entered_, true)) mark_ = home_.journal().begin(request_, began_);
}

void Exchange::tell(service::Ending how) {
  enter();
  const Time now = Clock::now();
  home_.journal().end(mark_, {.request = request_,
                              .route = route_,
                              .ending = how,
                              .status = status_,
                              .bytes_in = bytes_in_,
                              .bytes_out = bytes_out_,
                              .began = began_,
                              .latency = (answered_ == Time{} ? now : answered_) - began_,
                              .took = now - began_});
}

void Exchange::set_route(std::string_view pattern) {
  route_ = pattern;
  if (phase_ != Phase::open) return;
  enter();
  if (!route_.empty()) home_.journal().routed(mark_, request_, route_);
}

void Exchange::release() {
  if (phase_ == Phase::open) {
    if (canceled_) {
      connection_->cut(service::Ending::left);
    } else if (!connection_->machine().response_started()) {
      home_.log().write(fault('E', 5003), story("the handler ended without a response"));
      answer_500();
    } else {
      home_.log().write(fault('E', 5003), story("the handler left its stream without an end"));
      connection_->break_off();
    }
  }
  disarm();
  if (std::exchange(stuck_, false)) home_.handler_stuck(-1);
  released_ = true;
  recycle_if_unused();
}

void Exchange::recycle_if_unused() {
  if (!released_ || wake_posted_ || undelivered_) return;
  arena_.reset();
  route_ = {};
  answered_ = {};
  bytes_out_ = 0;
  status_ = 0;
  for (std::string* buffer : {&arrived_, &handed_out_}) {
    buffer->clear();
    if (buffer->capacity() > 4096) std::string().swap(*buffer);
  }
  reading_ = writing_ = {};
  cancel_fn_ = nullptr;
  if (held_.holding()) held_.reset();
  phase_ = Phase::open;
  canceled_ = released_ = all_taken_ = entered_ = false;
  body_done_ = true;
  home_.give_back(*this);
}

// ---- waking: always from the loop, never from inside a call of the handler ------------------------------------------

void Exchange::wake_soon() {
  if (wake_posted_ || released_) return;
  wake_posted_ = true;
  home_.loop().post([](void* arg) { static_cast<Exchange*>(arg)->wake(); }, this);
}

void Exchange::wake() {
  // wake_posted_ stays set until the end: a release() from inside a callback must not recycle this object under us.
  const Status why = phase_ == Phase::abandoned ? Status::gone : Status::canceled;
  if (!released_ && canceled_ && cancel_fn_ != nullptr) std::exchange(cancel_fn_, nullptr)(cancel_arg_);
  if (!released_ && writing_ && connection_ != nullptr) connection_->own_pieces();
  if (!released_ && reading_) std::exchange(reading_, {})(why);
  if (!released_ && writing_) std::exchange(writing_, {})(why);
  wake_posted_ = false;
  recycle_if_unused();
}

void Exchange::on_cancel(void (*fn)(void* arg), void* arg) {
  cancel_fn_ = fn;
  cancel_arg_ = arg;
  if (fn != nullptr && canceled_) wake_soon();
}

// ---- body in --------------------------------------------------------------------------------------------------------

bool Exchange::body_full() const {
  const bool wants_all = reading_ && read_max_ > 0;
  return arrived_.size() >= kBodyBuffer && !(wants_all && arrived_.size() <= read_max_);
}

void Exchange::body_arrived(bool done) {
  body_done_ = done;
  if (done && held_.holding() && phase_ == Phase::open) release_held(false);
  if (!reading_) return;
  const bool enough = read_max_ == 0 ? done || !arrived_.empty() : done || arrived_.size() > read_max_;
  if (enough) std::exchange(reading_, {})(Status::ok);
}

Status Exchange::next(std::string_view& chunk, Completion done) {
  chunk = {};
  if (reading_) return Status::bad_state;
  if (request_.body_complete && !all_taken_ && !request_.body.empty()) {
    all_taken_ = true;
    chunk = request_.body;
    return Status::ok;
  }
  if (all_taken_) return Status::eof;
  if (!arrived_.empty()) {
    const bool held_back = body_full();
    std::swap(arrived_, handed_out_);
    arrived_.clear();
    chunk = handed_out_;
    if (connection_ != nullptr) connection_->resume_body(held_back);
    return Status::ok;
  }
  if (body_done_) return Status::eof;
  if (phase_ != Phase::open) return closed();
  reading_ = done;
  read_max_ = 0;
  connection_->resume_body(false);
  return Status::pending;
}

Status Exchange::all(std::size_t max, std::string_view& content, Completion done) {
  content = {};
  if (reading_) return Status::bad_state;
  if (request_.body_complete) {
    content = request_.body;
    return content.size() > max ? Status::too_big : Status::ok;
  }
  if (arrived_.size() > max) return Status::too_big;
  if (body_done_) {
    if (!all_taken_) std::swap(arrived_, handed_out_);
    all_taken_ = true;
    content = handed_out_;
    return Status::ok;
  }
  if (phase_ != Phase::open) return closed();
  if (request_.content_length >= 0 && static_cast<std::uint64_t>(request_.content_length) > max) return Status::too_big;
  const bool held_back = body_full();
  reading_ = done;
  read_max_ = max == 0 ? 1 : max;
  connection_->resume_body(held_back);
  return Status::pending;
}

bool Exchange::limit(std::uint64_t max) {
  if (request_.body_complete) return request_.body.size() <= max;
  if (request_.content_length >= 0) return static_cast<std::uint64_t>(request_.content_length) <= max;
  if (arrived_.size() > max) return false;
  if (phase_ == Phase::open) connection_->limit_chunked_body(max - arrived_.size());
  return true;
}

// ---- response out ---------------------------------------------------------------------------------------------------

Status Exchange::closed() const { return phase_ == Phase::abandoned ? Status::gone : Status::bad_state; }

bool Exchange::begun() const { return held_.holding() || connection_->machine().response_started(); }

Status Exchange::start(const http::ResponseHead& head, bool whole) {
  if (!connection_->start_response(head, whole)) return head_refused(head);
  status_ = head.status;
  if (!whole) answered_ = Clock::now();
  return Status::ok;
}

Status Exchange::head_refused(const http::ResponseHead& head) const {
  if (head.status < 200 || head.status > 599)
    home_.log().write(fault('W', 5009), story(fmt::format("a response cannot have the status {}", head.status)));
  else
    home_.log().write(fault('E', 5008), story("one of the response's fields was refused"));
  return Status::invalid;
}

Status Exchange::send(std::span<const Piece> body, Completion done) {
  const Connection::Sent sent = connection_->send(body);
  if (phase_ != Phase::open) return closed();
  if (sent.cut)
    home_.log().write(fault('W', 5007), story("the body is longer than its Content-Length; the rest was dropped"));
  if (!sent.waiting || !done) return Status::ok;
  writing_ = done;
  return Status::pending;
}

Status Exchange::respond(const http::ResponseHead& head, std::span<const Piece> body) {
  if (phase_ != Phase::open) return refuse(body, closed());
  if (begun()) return refuse(body, Status::bad_state);
  http::ResponseHead whole = head;
  if (whole.content_length < 0 || !body.empty()) whole.content_length = static_cast<std::int64_t>(total_size(body));
  if (const Status status = start(whole, true); status != Status::ok) return refuse(body, status);
  connection_->send(body, true);
  if (phase_ == Phase::open) connection_->finish_response();
  return Status::ok;
}

Status Exchange::begin(const http::ResponseHead& head) {
  if (phase_ != Phase::open) return closed();
  if (begun()) return Status::bad_state;
  if (!body_done_) {
    held_.hold(head, arena_);
    return Status::ok;
  }
  const Status status = start(head, false);
  return status == Status::ok ? send({}, {}) : status;
}

Status Exchange::write(std::span<const Piece> body, Completion done) {
  if (phase_ != Phase::open) return refuse(body, closed());
  if (writing_ || !begun()) return refuse(body, Status::bad_state);
  if (held_.holding() && std::ranges::any_of(body, &Piece::is_file))
    if (const Status status = release_held(false); status < Status::ok) return refuse(body, status);
  if (!held_.holding()) return phase_ == Phase::open ? send(body, done) : refuse(body, closed());
  held_.append(body);
  for (const Piece& piece : body) piece.give_back();
  return held_.full() ? release_held(false) : Status::ok;
}

// The answer is held no longer: its head and what was written so far go out.
Status Exchange::release_held(bool whole) {
  const auto released = held_.release();
  if (const Status status = start(released.head, whole); status != Status::ok) {
    answer_500();
    return status;
  }
  const Piece content{.data = released.content};
  return send({&content, 1}, {});
}

void Exchange::drained() {
  if (writing_) std::exchange(writing_, {})(Status::ok);
}

Status Exchange::end() {
  if (phase_ != Phase::open) return closed();
  if (writing_ || !begun()) return Status::bad_state;
  if (held_.holding()) release_held(true);
  if (phase_ != Phase::open) return closed();
  if (connection_->machine().response_missing() > 0) {
    home_.log().write(fault('W', 5007),
                      story("the body is shorter than its Content-Length; the connection was closed"));
    connection_->break_off();
    return Status::ok;
  }
  connection_->finish_response();
  return Status::ok;
}

Status Exchange::fail(std::string_view why) {
  home_.log().write(fault('E', 5001), story(why));
  if (phase_ != Phase::open) return Status::ok;
  if (connection_->machine().response_started())
    connection_->break_off();
  else
    answer_500();
  return Status::ok;
}

void Exchange::answer_500() {
  held_.reset();
  const std::string text = fmt::format("Internal Server Error\n\nrequest {}\n", request_.id);
  const Piece body{.data = text};
  respond({.status = 500, .content_type = "text/plain; charset=utf-8"}, {&body, 1});
}

std::string Exchange::story(std::string_view why) const {
  return fmt::format("{} {}{}{}{} request {}: {}", request_.method_name, request_.target,
                     route_.empty() ? "" : " (route ", route_, route_.empty() ? "" : ")", request_.id, why);
}

}  // namespace appserve::net
