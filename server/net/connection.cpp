#include "net/connection.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "net/exchange.hpp"
#include "net/serving_loop.hpp"
#include "net/socket_io.hpp"

namespace appserve::net {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLookahead = 16 * 1024;     // of pipelined requests behind the one being answered
constexpr std::size_t kCopyLimit = 16 * 1024;     // larger content is sent from where it is
constexpr std::size_t kBatchLimit = 64 * 1024;    // of answers collected before they are sent
constexpr std::size_t kDiscardLimit = 64 * 1024;  // of a body nobody reads; a longer one ends the connection
constexpr auto kLinger = 2s;                      // for the client to read a last answer (RFC 9112 9.6)
constexpr auto kHalfCloseGrace = 900ms;           // for the answer to a client that sends no more and may have left
constexpr auto kIdleDrain = 250ms;                // for a request that is on its way to a connection about to end
constexpr auto kBodyGrace = 5s;                   // before the body's rate is judged
constexpr auto kBodySilence = 30s;                // within a body, whatever its rate was before

void release_memory(std::string& buffer) { std::string().swap(buffer); }

iovec part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

Connection::Connection(ServingLoop& home, UniqueFd socket, std::string_view peer)
    : home_(home),
      socket_(std::move(socket)),
      token_(home.loop().poller().add(socket_.get(), EPOLLIN, *this)),
      interest_(EPOLLIN),
      machine_(home.options().limits),
      peer_(peer),
      since_(home.loop().now()) {
  settle();
}

Connection::~Connection() = default;

// ---- events ---------------------------------------------------------------------------------------------------------

void Connection::on_events(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0) return cut();
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
  const std::span<char> buffer = home_.read_buffer();
  const IoResult got = net::receive(socket_.get(), buffer);
  if (got.state == IoResult::State::again) return;
  if (got.state == IoResult::State::closed) return got.broken || lingering_ ? cut() : peer_finished();
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
  since_ = home_.loop().now();  // kHalfCloseGrace from here
}

void Connection::peer_finished() {
  if (eof_ || dead_) return;
  fin_seen();
  eof_ = true;
  if (exchange_ != nullptr) {
    if (machine_.body_done()) return;
    if (!machine_.response_started()) {
      refuse({400, "the request's body is cut short"});
    } else {
      cut();
    }
  } else if (ending_ == Ending::no && tail_.empty() && !in_.empty()) {
    refuse({400, "the request is cut short"});
  } else if (!machine_.body_done()) {
    end(Ending::close);
  }
}

void Connection::resume_sending() {
  if (tail_.empty() || dead_) return;
  std::array<iovec, 16> parts{};
  const IoResult sent = send_gathered(socket_.get(), tail_.front(parts));
  if (sent.state == IoResult::State::closed) return cut();
  if (sent.bytes > 0) progress_ = home_.loop().now();
  tail_.consume(sent.bytes);
  if (!tail_.empty()) return;
  when_sent();
  if (exchange_ != nullptr) exchange_->drained();
  if (!dead_ && !in_.empty()) advance();
}

void Connection::on_deadline() {
  const Time now = home_.loop().now();
  if (now < due()) return settle();
  if (lingering_ || !tail_.empty()) return cut();
  if (exchange_ == nullptr) {
    if (in_.empty() || !machine_.body_done()) return cut();
    refuse({408, "the request's head took too long"});
  } else if (now >= gone_due()) {
    left_told_ = true;
    exchange_->cancel();
  } else if (now >= body_due()) {
    if (machine_.response_started()) return cut();
    refuse({408, "the request's body comes too slowly"});
  } else {
    request_timed_out();
  }
  settle();
}

void Connection::request_timed_out() {
  home_.log().write(fault('E', 5004), std::string(exchange_->request().method_name) + " " +
                                          std::string(exchange_->request().target) + " request " +
                                          std::string(exchange_->request().id) +
                                          ": no answer before the deadline; the handler was cancelled");
  refuse({504, "the app did not answer in time"});
}

// ---- bytes in -------------------------------------------------------------------------------------------------------

void Connection::process(std::string_view input) {
  std::string_view rest = input;
  processing_ = true;
  while (!dead_ && step(rest)) {
    if (home_.batch().size() > kBatchLimit) flush();
  }
  if (!dead_) {
    if (in_.empty())
      in_.assign(rest);
    else if (rest.empty())
      release_memory(in_);
    else
      in_.erase(0, in_.size() - rest.size());
  }
  flush();
  processing_ = false;
}

// One step through the input; true when there may be another.
bool Connection::step(std::string_view& rest) {
  if (ending_ != Ending::no) {
    rest = {};
    return false;
  }
  if (!machine_.body_done()) return read_body(rest);
  if (exchange_ != nullptr || !tail_.empty()) return false;
  if (machine_.response_done()) machine_.finish_message();
  return read_head(rest);
}

bool Connection::read_head(std::string_view& rest) {
  if (rest.empty()) return false;
  if (in_.empty()) since_ = home_.loop().now();
  const auto scan = machine_.scan_head(rest);
  switch (scan.state) {
    case http::Machine::HeadScan::State::incomplete:
      if (eof_) refuse({400, "the request is cut short"});
      return false;
    case http::Machine::HeadScan::State::refused:
      refuse(*scan.refusal);
      return true;
    case http::Machine::HeadScan::State::complete:
      break;
  }
  const std::string_view head = rest.substr(0, scan.size);
  rest.remove_prefix(scan.size);
  open_exchange(head, rest);
  return true;
}

void Connection::open_exchange(std::string_view head, std::string_view& rest) {
  exchange_ = &home_.take_exchange();
  served_ = true;
  since_ = body_since_ = home_.loop().now();
  body_bytes_ = 0;
  if (home_.draining()) machine_.close_soon();
  std::optional<http::Refusal> refusal = machine_.parse_head(exchange_->keep(head), exchange_->head());
  while (!refusal && !machine_.body_done() && !rest.empty() && !exchange_->body_full()) {
    const auto body = machine_.decode_body(rest);
    refusal = body.refusal;
    if (body.consumed == 0) break;
    rest.remove_prefix(body.consumed);
    body_bytes_ += body.data.size();
    exchange_->receive(body.data);
  }
  if (refusal) {
    std::exchange(exchange_, nullptr)->release_unopened();
    return refuse(*refusal);
  }
  peer_closes_ = !exchange_->head().keep_alive;
  exchange_->open(*this, machine_.body_done());
  home_.service().call(exchange_->request(), *exchange_);
}

bool Connection::read_body(std::string_view& rest) {
  const bool wanted = exchange_ == nullptr || !exchange_->body_full();
  if (rest.empty() || !wanted) return false;
  const auto body = machine_.decode_body(rest);
  if (body.refusal) {
    if (machine_.response_started() && !machine_.response_done())
      cut();
    else
      refuse(*body.refusal);
    return true;
  }
  rest.remove_prefix(body.consumed);
  body_bytes_ += body.data.size();
  since_ = home_.loop().now();
  if (exchange_ != nullptr) {
    exchange_->receive(body.data);
    exchange_->body_arrived(machine_.body_done());
  } else if (body_bytes_ > kDiscardLimit && !machine_.body_done()) {
    end(Ending::linger);
  }
  return body.consumed > 0 || machine_.body_done();
}

void Connection::resume_body() {
  if (machine_.take_expectation()) {
    out().append(http::Machine::kContinue);
    if (!processing_) flush();
  }
  if (!in_.empty())
    advance_soon();
  else if (!processing_)
    settle();
}

void Connection::advance() {
  if (exchange_ != nullptr && machine_.body_done()) return;  // what follows waits for the answer
  process(in_);
}

void Connection::advance_soon() {
  if (advance_posted_) return;
  advance_posted_ = true;
  home_.loop().post(
      [](void* arg) {
        auto& self = *static_cast<Connection*>(arg);
        self.advance_posted_ = false;
        if (self.dead_) return;
        self.advance();
        self.settle();
      },
      this);
}

// ---- bytes out ------------------------------------------------------------------------------------------------------

bool Connection::start_response(const http::ResponseHead& head, bool whole) {
  if (whole && machine_.body_missing() > kDiscardLimit) machine_.close_soon();
  return machine_.start_response(head, home_.common_fields(), out()) == http::Machine::Start::ok;
}

Connection::Sent Connection::send(std::span<const service::Piece> body) {
  std::string& batch = out();
  bool cut_short = false;
  for (const service::Piece& piece : body) {
    const auto frame = machine_.frame_body(piece.data);
    cut_short = cut_short || frame.cut;
    if (!dead_ && batch.size() + frame.data.size() > kCopyLimit) {
      transmit(frame, piece);
    } else {
      batch.append(frame.prefix).append(frame.data).append(frame.suffix);
      piece.give_back();
    }
  }
  if (!processing_) flush();
  if (cut_short) return Sent::cut;
  return tail_.empty() ? Sent::all : Sent::waiting;
}

void Connection::finish_response() {
  const bool whole = machine_.end_response(out());
  std::exchange(exchange_, nullptr)->finish();
  since_ = home_.loop().now();
  if (!whole || machine_.closing() || machine_.body_missing() > kDiscardLimit)
    end(machine_.body_done() && peer_closes_ ? Ending::close : Ending::linger);
  if (processing_) return;
  flush();
  if (dead_) return;
  if (!in_.empty() || eof_) advance_soon();
  settle();
}

void Connection::refuse(const http::Refusal& refusal) {
  if (dead_ || ending_ != Ending::no) return;
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->abandon();
  if (machine_.response_started() && !machine_.response_done()) return cut();
  machine_.refuse(refusal, home_.common_fields(), out());
  end(Ending::linger);
  if (!processing_) {
    flush();
    settle();
  }
}

std::string& Connection::out() { return processing_ ? home_.batch() : home_.scratch(); }

void Connection::flush() {
  std::string& batch = out();
  if (!batch.empty() && !dead_) transmit(batch);
  batch.clear();
  when_sent();
}

void Connection::transmit(std::string_view bytes) {
  std::size_t sent = 0;
  if (tail_.empty()) {
    const iovec all = part(bytes);
    const IoResult result = send_gathered(socket_.get(), {&all, 1});
    if (result.state == IoResult::State::closed) return cut();
    sent = result.bytes;
    progress_ = home_.loop().now();
  }
  tail_.copy(bytes.substr(sent));
}

// What is collected so far and a large piece, from where it is; what the socket leaves waits in the tail.
void Connection::transmit(const http::Machine::Frame& frame, const service::Piece& piece) {
  std::string& batch = out();
  std::size_t sent = 0;
  if (tail_.empty()) {
    const std::array parts{part(batch), part(frame.prefix), part(frame.data), part(frame.suffix)};
    const IoResult result = send_gathered(socket_.get(), parts);
    if (result.state == IoResult::State::closed) cut();
    sent = result.bytes;
    progress_ = home_.loop().now();
  }
  const auto unsent = [&sent](std::string_view bytes) {
    const std::size_t skipped = std::min(sent, bytes.size());
    sent -= skipped;
    return bytes.substr(skipped);
  };
  tail_.copy(unsent(batch));
  tail_.copy(unsent(frame.prefix));
  const std::string_view data = unsent(frame.data);
  if (!data.empty() && piece.release != nullptr && !dead_) {
    tail_.borrow(data, piece);
  } else {
    tail_.copy(data);
    piece.give_back();
  }
  tail_.copy(unsent(frame.suffix));
  if (dead_) tail_.clear();
  batch.clear();
}

void Connection::end(Ending how) { ending_ = how; }

void Connection::when_sent() {
  if (dead_ || !tail_.empty() || ending_ == Ending::no || lingering_) return;
  if (ending_ == Ending::close || eof_) return cut();
  finish_sending(socket_.get());
  lingering_ = true;
  release_memory(in_);
  since_ = home_.loop().now();
}

// ---- state ----------------------------------------------------------------------------------------------------------

void Connection::drain() {
  machine_.close_soon();
  if (idle()) since_ = home_.loop().now();
  settle();
}

void Connection::cut() {
  if (dead_) return;
  dead_ = true;
  disarm();
  home_.loop().poller().remove(token_, socket_.get());
  socket_.reset();
  release_memory(in_);
  tail_.clear();
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->abandon();
  home_.retire(*this);
}

bool Connection::idle() const { return exchange_ == nullptr && in_.empty() && tail_.empty() && ending_ == Ending::no; }

bool Connection::wants_input() const {
  if (eof_) return false;
  if (lingering_) return true;
  if (ending_ != Ending::no) return false;
  if (!machine_.body_done()) return exchange_ == nullptr || !exchange_->body_full();
  return exchange_ == nullptr ? tail_.empty() : in_.size() < kLookahead;
}

// The end of every event: what to wait for next, and until when.
void Connection::settle() {
  if (dead_) return;
  if (eof_ && idle()) return cut();
  const bool input = wants_input();
  const std::uint32_t interest = (input       ? EPOLLIN
                                  : fin_seen_ ? 0u
                                              : EPOLLRDHUP) |
                                 (tail_.empty() ? 0u : static_cast<std::uint32_t>(EPOLLOUT));
  if (interest != interest_) {
    home_.loop().poller().modify(token_, socket_.get(), interest);
    interest_ = interest;
  }
  if (const Time when = due(); when != Time::max())
    home_.loop().wheel().arm(*this, when);
  else
    disarm();
}

Time Connection::due() const {
  const Timeouts& limit = home_.options().timeouts;
  if (lingering_) return since_ + kLinger;
  if (!tail_.empty()) return progress_ + limit.write;
  if (exchange_ == nullptr) {
    if (!machine_.body_done()) return body_due();
    if (in_.empty() && home_.draining()) return since_ + kIdleDrain;
    return since_ + (in_.empty() && served_ ? limit.keep_alive : limit.head);
  }
  const Time answer = machine_.response_started() ? Time::max() : since_ + limit.request;
  return std::min({answer, body_due(), gone_due()});
}

// When a client that sends no more is taken to have left: it was not answered and nothing flows to it.
Time Connection::gone_due() const {
  if (!fin_seen_ || left_told_ || !machine_.body_done()) return Time::max();
  return std::max(since_, progress_) + kHalfCloseGrace;
}

// When the body is too slow, judged by its average rate. A body the app does not take is not the client's fault.
Time Connection::body_due() const {
  const std::uint64_t rate = home_.options().timeouts.body_min_rate;
  if (machine_.body_done() || rate == 0 || (exchange_ != nullptr && exchange_->body_full())) return Time::max();
  return std::min<Time>(body_since_ + kBodyGrace + std::chrono::seconds(body_bytes_ / rate), since_ + kBodySilence);
}

}  // namespace appserve::net
