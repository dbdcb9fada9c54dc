#include "net/connection.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "base/append.hpp"
#include "net/exchange.hpp"
#include "net/serving_loop.hpp"
#include "net/socket_io.hpp"

namespace appserve::net {
namespace {

using service::Ending;

constexpr std::size_t kCopyLimit = 16 * 1024;     // larger content is sent from where it is
constexpr auto kToAsk = std::chrono::seconds(1);  // for a new client's first byte, when others want its place

}  // namespace

Connection::Connection(ServingLoop& home, UniqueFd socket, std::string_view peer)
    : socket_(std::move(socket)),
      home_(home),
      machine_(home.options().limits),
      deadlines_(home.loop().now()),
      peer_(peer) {}

Connection::~Connection() = default;

// ---- events ---------------------------------------------------------------------------------------------------------

// Most clients have sent a request by the time they are accepted, and one that wants no other is never watched.
void Connection::begin() { on_events(EPOLLIN); }

void Connection::on_events(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0) return cut(Ending::left);
  try {
    if ((events & EPOLLOUT) != 0) resume_sending();
    if ((events & EPOLLIN) != 0)
      receive();
    else if ((events & EPOLLRDHUP) != 0)
      fin_seen();
    settle();
  } catch (const std::bad_alloc&) {  // this client asks for more memory than there is
    home_.batch().clear();
    processing_ = false;
    cut();
  }
}

void Connection::receive() {
  if (dead_) return;
  std::span<char> buffer = home_.read_buffer();
  if (exchange_ != nullptr && machine_.body_done()) {
    if (in_.size() >= home_.options().lookahead) return;
    buffer = buffer.first(std::min(buffer.size(), home_.options().lookahead - in_.size()));
  }
  const IoResult got = net::receive(socket_.get(), buffer);
  if (got.state == IoResult::State::again) return;
  if (got.state == IoResult::State::closed) return got.broken || lingering_ ? cut(Ending::left) : peer_finished();
  if (lingering_) return;
  const std::string_view bytes(buffer.data(), got.bytes);
  if (in_.empty()) {
    process(bytes);
  } else {
    in_.append(bytes);
    advance();
  }
}

void Connection::fin_seen() {
  if (fin_seen_ || dead_) return;
  fin_seen_ = true;
  deadlines_.began(now());
}

void Connection::peer_finished() {
  if (eof_ || dead_) return;
  fin_seen();
  eof_ = true;
  if (!machine_.body_done()) return body_cut_short();
  if (exchange_ == nullptr && then_ == Then::go_on && !sender_.waiting() && !in_.empty()) advance();
}

// The client sends no more, and content is missing.
void Connection::body_cut_short() {
  if (exchange_ != nullptr && machine_.response_started()) return break_off(Ending::left);
  if (exchange_ != nullptr) return refuse({400, "the request's body is cut short"});
  end(Then::close);
  send_last();
}

void Connection::resume_sending() {
  if (!sender_.waiting() || dead_) return;
  const IoResult sent = sender_.resume(socket_.get());
  if (sent.state == IoResult::State::closed) return sending_failed();
  if (sent.bytes > 0) deadlines_.sent(now());
  if (sender_.waiting()) return;
  if (leaving_ != nullptr) std::exchange(leaving_, nullptr)->delivered(Ending::answered);
  when_sent();
  if (exchange_ != nullptr) exchange_->drained();
  if (!dead_ && !in_.empty()) advance();
}

void Connection::on_deadline() {
  const Deadlines::Next next = next_deadline();
  if (now() < next.at) return settle();
  switch (next.wait) {
    case Wait::linger:
    case Wait::write:
    case Wait::idle:
      return cut();
    case Wait::head:
      refuse({408, "the request's head took too long"}, in_);
      break;
    case Wait::body:
      if (exchange_ == nullptr || machine_.response_started()) return cut();
      refuse({408, "the request's body comes too slowly"});
      break;
    case Wait::gone:
      left_told_ = true;
      exchange_->cancel();
      break;
    case Wait::request:
      request_timed_out();
      break;
  }
  settle();
}

void Connection::request_timed_out() {
  exchange_->timed_out();
  refuse({504, "the app did not answer in time"});
}

// ---- bytes out ------------------------------------------------------------------------------------------------------

bool Connection::start_response(const http::ResponseHead& head, bool whole) {
  if (whole && machine_.body_missing() > kDiscardLimit) machine_.close_soon();
  return machine_.start_response(head, home_.common_fields(), out()) == http::Machine::Start::ok;
}

Connection::Sent Connection::send(std::span<const service::Piece> body, bool last) {
  std::string& batch = out();
  bool cut_short = false;
  for (const service::Piece& piece : body) {
    if (piece.is_file()) {
      transmit_file(piece);
      continue;
    }
    const auto frame = machine_.frame_body(piece.data);
    cut_short = cut_short || frame.cut;
    if (exchange_ != nullptr) exchange_->sent(frame.data.size());
    if (!dead_ && batch.size() + frame.data.size() > kCopyLimit) {
      transmit(frame, piece);
    } else {
      append_all(batch, frame.line.text(), frame.data, frame.suffix);
      piece.give_back();
    }
  }
  if (!processing_) {
    flush(last);
    if (sender_.waiting()) settle();  // the socket is to say when it has room again
  }
  return {sender_.waiting(), cut_short};
}

void Connection::finish_response() {
  const bool whole = machine_.end_response(out());
  if (sender_.waiting()) leaving_ = exchange_;
  std::exchange(exchange_, nullptr)->finish(!sender_.waiting());
  if (machine_.body_done())
    deadlines_.began(now());
  else
    deadlines_.body_wanted(now());  // what is left of it is judged, and counted, from here on
  if (!whole || machine_.closing() || machine_.body_missing() > kDiscardLimit)
    end(machine_.body_done() && peer_closes_ ? Then::close : Then::linger);
  if (processing_) return;
  flush();
  if (dead_) return;
  if (!in_.empty() || eof_) advance_soon();
  settle();
}

void Connection::refuse(const http::Refusal& refusal, std::string_view head) {
  if (dead_ || then_ != Then::go_on) return;
  if (machine_.response_started()) return break_off();
  if (exchange_ != nullptr)
    std::exchange(exchange_, nullptr)->abandon(Ending::refused, refusal.status);
  else
    home_.journal().refused({.peer = peer_, .why = refusal, .head = head, .at = now()});
  machine_.refuse(refusal, home_.common_fields().text(), out());
  end(Then::linger);
  send_last();
}

void Connection::break_off(Ending why) {
  if (dead_ || then_ != Then::go_on) return;
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->abandon(why);
  end(Then::linger);
  send_last();
}

void Connection::send_last() {
  if (processing_) return;
  flush();
  settle();
}

std::string& Connection::out() { return processing_ ? home_.batch() : home_.scratch(); }

// What is sent last waits for the end of the connection, and is one segment with it.
void Connection::flush(bool last) {
  std::string& batch = out();
  if (!batch.empty() && !dead_) {
    const bool end_follows = then_ != Then::go_on || (last && machine_.closing());
    if (!sender_.waiting()) deadlines_.sent(now());
    if (!sender_.send(socket_.get(), batch, end_follows)) cut(Ending::left);
  }
  batch.clear();
  when_sent();
}

// What is collected so far and a large piece, from where it is.
void Connection::transmit(const http::Machine::Frame& frame, const service::Piece& piece) {
  std::string& batch = out();
  if (!sender_.waiting()) deadlines_.sent(now());
  if (!sender_.send(socket_.get(), batch, frame, piece)) cut(Ending::left);
  batch.clear();
}

void Connection::transmit_file(const service::Piece& file) {
  const auto frames = machine_.frame_body(file.length);
  if (exchange_ != nullptr) exchange_->sent(frames.size);
  if (dead_) return;
  std::string& batch = out();
  if (!sender_.waiting()) deadlines_.sent(now());
  if (!sender_.send_file(socket_.get(), batch, frames, file)) sending_failed();
  batch.clear();
}

void Connection::sending_failed() {
  if (!sender_.problem().empty()) home_.log().write(fault('W', 5007), std::string(sender_.problem()));
  cut(sender_.problem().empty() ? Ending::left : Ending::cut);
}

void Connection::end(Then how) { then_ = how; }

void Connection::when_sent() {
  if (dead_ || sender_.waiting() || then_ == Then::go_on || lingering_) return;
  finish_sending(socket_.get());
  if (then_ == Then::close || eof_) return cut();
  lingering_ = true;
  std::string().swap(in_);
  deadlines_.began(now());
}

// ---- state ----------------------------------------------------------------------------------------------------------

void Connection::drain() {
  machine_.close_soon();
  if (idle()) deadlines_.began(now());
  settle();
}

void Connection::cut(Ending why) {
  if (dead_) return;
  dead_ = true;
  disarm();
  if (watched_) home_.loop().poller().remove(token_, socket_.get());
  socket_.reset();
  std::string().swap(in_);
  sender_.clear();
  if (leaving_ != nullptr) std::exchange(leaving_, nullptr)->delivered(why);
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->abandon(why);
  home_.retire(*this);
}

bool Connection::idle() const {
  return exchange_ == nullptr && !head_begun() && !sender_.waiting() && then_ == Then::go_on;
}

std::optional<Time> Connection::resting_since() const {
  if (!idle() || !machine_.body_done()) return {};
  if (!deadlines_.served() && now() < deadlines_.since() + kToAsk) return {};
  return deadlines_.since();
}

bool Connection::has_unread() const { return has_input(socket_.get()); }

bool Connection::wants_input() const {
  if (eof_) return false;
  if (lingering_) return true;
  if (then_ != Then::go_on) return false;
  if (!machine_.body_done()) return exchange_ == nullptr || !exchange_->body_full();
  return exchange_ == nullptr ? !sender_.waiting() : in_.size() < home_.options().lookahead;
}

// The end of every event: what to wait for next, and until when.
void Connection::settle() {
  if (dead_) return;
  if (eof_ && idle()) return cut();
  const bool input = wants_input();
  const std::uint32_t interest = (input       ? EPOLLIN
                                  : fin_seen_ ? 0u
                                              : EPOLLRDHUP) |
                                 (sender_.waiting() ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
  if (interest != interest_ && !watch(interest)) return cut();
  if (const Time when = next_deadline().at; when != Time::max())
    home_.loop().wheel().arm(*this, when);
  else
    disarm();
}

bool Connection::watch(std::uint32_t interest) {
  loop::Poller& poller = home_.loop().poller();
  try {
    if (watched_)
      poller.modify(token_, socket_.get(), interest);
    else
      token_ = poller.add(socket_.get(), interest, *this);
  } catch (const std::exception& error) {  // no memory, or no more watches
    home_.log().write(fault('E', 6008), error.what());
    return false;
  }
  watched_ = true;
  interest_ = interest;
  return true;
}

Deadlines::Next Connection::next_deadline() const {
  // What the app does not take, or did not ask for, is not late.
  const bool wanted = !machine_.awaits_continue() && (exchange_ == nullptr || !exchange_->body_full());
  return deadlines_.next({.lingering = lingering_,
                          .sending = sender_.waiting(),
                          .in_request = exchange_ != nullptr,
                          .answering = machine_.response_started(),
                          .body_done = machine_.body_done(),
                          .body_wanted = !machine_.body_done() && wanted,
                          .head_begun = head_begun(),
                          .half_closed = fin_seen_ && !left_told_,
                          .draining = home_.draining(),
                          .succeeded = home_.succeeded()},
                         home_.options().timeouts);
}

Time Connection::now() const { return home_.loop().now(); }

}  // namespace appserve::net
