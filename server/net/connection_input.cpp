#include <utility>

#include "net/connection.hpp"
#include "net/exchange.hpp"
#include "net/serving_loop.hpp"

namespace appserve::net {
namespace {

constexpr std::size_t kBatchLimit = 64 * 1024;  // of answers collected before they are sent

}  // namespace

void Connection::process(std::string_view input) {
  std::string_view rest = input;
  processing_ = true;
  while (!dead_ && step(rest)) {
    if (home_.batch().size() > kBatchLimit) flush();
  }
  if (!dead_) {
    if (!in_.empty() && rest.empty())
      std::string().swap(in_);
    else if (!in_.empty())
      in_.erase(0, in_.size() - rest.size());
    else if (!rest.empty())
      in_.assign(rest);
  }
  flush();
  processing_ = false;
}

// One step through the input; true when there may be another.
bool Connection::step(std::string_view& rest) {
  if (then_ != Then::go_on) {
    rest = {};
    return false;
  }
  if (!machine_.body_done()) return read_body(rest);
  if (exchange_ != nullptr || sender_.waiting()) return false;
  if (machine_.response_done()) machine_.finish_message();
  return read_head(rest);
}

bool Connection::read_head(std::string_view& rest) {
  if (rest.empty()) return false;
  if (in_.empty() || (deadlines_.served() && !head_begun())) deadlines_.began(now());
  const auto scan = machine_.scan_head(rest);
  switch (scan.state) {
    case http::Machine::HeadScan::State::incomplete:
      if (eof_ && machine_.head_begun()) refuse({400, "the request is cut short"}, rest);
      return false;
    case http::Machine::HeadScan::State::refused:
      refuse(*scan.refusal, rest);
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
  deadlines_.request_began(now());
  if (home_.draining()) machine_.close_soon();
  std::optional<http::Refusal> refusal = machine_.parse_head(exchange_->take_head(head), exchange_->head());
  while (!refusal && !machine_.body_done() && !rest.empty() && !exchange_->body_full()) {
    const auto body = machine_.decode_body(rest);
    refusal = body.refusal;
    if (body.consumed == 0) break;
    rest.remove_prefix(body.consumed);
    deadlines_.body_arrived(body.data.size(), now());
    exchange_->receive(body.data);
  }
  if (refusal) {
    std::exchange(exchange_, nullptr)->release_unopened();
    return refuse(*refusal, head);
  }
  peer_closes_ = !exchange_->head().keep_alive;
  exchange_->open(*this, machine_.body_done());
  home_.service().call(exchange_->request(), *exchange_);
}

bool Connection::read_body(std::string_view& rest) {
  const bool wanted = exchange_ == nullptr || !exchange_->body_full();
  if (rest.empty() && eof_) body_cut_short();
  if (rest.empty() || !wanted) return false;
  const auto body = machine_.decode_body(rest);
  if (body.refusal) {
    refuse(*body.refusal);
    return true;
  }
  rest.remove_prefix(body.consumed);
  deadlines_.body_arrived(body.data.size(), now());
  if (exchange_ != nullptr) {
    exchange_->receive(body.data);
    exchange_->body_arrived(machine_.body_done());
  } else if (deadlines_.body_bytes() > kDiscardLimit && !machine_.body_done()) {
    end(Then::linger);
  }
  return body.consumed > 0 || machine_.body_done();
}

void Connection::resume_body(bool held_back) {
  const bool asks = machine_.take_expectation();
  if (held_back || asks) deadlines_.body_wanted(now());
  if (asks) {
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

}  // namespace appserve::net
