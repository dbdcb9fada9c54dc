#include "sim/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace appserve::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kDiscarded = 64 * 1024;  // of a body nobody reads; a longer one ends the connection

// The value of a field in a head; names as the server writes them.
std::string field(const std::string& head, std::string_view name) {
  const std::string key = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(key);
  if (at == std::string::npos) return {};
  check(head.find(key, at + 1) == std::string::npos, "a field of the server's comes once");
  const auto begin = at + key.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

// An answer that is begun before the request is complete is held, and gives way when the handler fails.
bool may_be_500(const Plan& plan) {
  const bool midway = plan.act == Act::fail_midway || plan.act == Act::leave_midway;
  return plan.act == Act::leave || plan.act == Act::fail || (midway && plan.has_content());
}

std::string garbage(Dice& dice) {
  static constexpr const char* kBad[] = {
      "GET / HTTP/1.1\r\nHost: x\r\n folded: 1\r\n\r\n",
      "GET / HTTP/1.1\nHost: x\n\n",
      "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
      "BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "\x16\x03\x01\x02",
  };
  return kBad[dice.below(std::size(kBad))];
}

}  // namespace

Client::Client(World& world, std::shared_ptr<Socket> socket, std::vector<const Plan*> plans, Fault fault,
               Duration clumsiness, const net::ConnectionOptions& options, bool forgiving)
    : world_(world),
      socket_(std::move(socket)),
      plans_(std::move(plans)),
      fault_(fault),
      clumsiness_(clumsiness),
      options_(options),
      forgiving_(forgiving),
      pipelines_(world.dice.chance(50)) {}

void Client::start() {
  prepare();
  socket_->on_news = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->read_later();
      self->send_later();
    }
  };
  if (fault_ == Fault::reset) {
    world_.after(world_.dice.delay(20s), [self = shared_from_this()] {
      if (self->done_) return;
      self->world_.note(self->socket_->number(), "the client resets");
      self->socket_->reset();
      self->done_ = true;
    });
  }
  send_later();
}

// ---- sending --------------------------------------------------------------------------------------------------------

void Client::prepare() {
  // Behind a request that says close nothing is sent (RFC 9112 9.6).
  const auto closes = std::ranges::find_if(plans_, &Plan::close);
  if (closes != plans_.end()) {
    plans_.erase(closes + 1, plans_.end());
    if (fault_ == Fault::garbage) fault_ = Fault::none;
  }
  for (const Plan* plan : plans_) {
    begins_.push_back(out_.size());
    out_ += plan->bytes;
  }
  for (const Plan* plan : plans_) {
    world_.note(socket_->number(), "plan: number", plan->number);
    world_.note(socket_->number(), "  act", static_cast<std::uint64_t>(plan->act));
    world_.note(socket_->number(), "  " + plan->method + " with content", plan->content);
    world_.note(socket_->number(), "  on the wire", plan->bytes.size());
    world_.note(socket_->number(), "  pause in ms", static_cast<std::uint64_t>(plan->pause / 1ms));
  }
  world_.note(socket_->number(), "fault", static_cast<std::uint64_t>(fault_));
  const std::size_t last = begins_.empty() ? 0 : begins_.back();
  begins_.push_back(out_.size());
  if (fault_ == Fault::garbage) out_ += garbage(world_.dice);
  if (fault_ == Fault::cut_short || fault_ == Fault::falls_silent)
    stop_at_ = last + 8 + world_.dice.below(out_.size() - last - 8);  // behind the method, which decides about content
}

// How far it may send for now: without pipelining one request at a time, and content only when it is asked for.
std::size_t Client::sendable() const {
  std::size_t end = std::min(out_.size(), stop_at_);
  for (std::size_t i = answered_; i < plans_.size(); ++i) {
    if (plans_[i]->expects && !(i == answered_ && got_100_)) {
      end = std::min(end, begins_[i] + plans_[i]->head_size);
      break;
    }
    if (!pipelines_) {
      if (i + 1 < plans_.size()) end = std::min(end, begins_[i + 1]);
      break;
    }
  }
  return end;
}

void Client::send_later() {
  if (sending_ || done_ || last_seen_) return;
  sending_ = true;
  world_.after(world_.dice.chance(70) ? Duration(0) : world_.dice.delay(clumsiness_), [self = shared_from_this()] {
    self->sending_ = false;
    self->send_some();
  });
}

void Client::send_some() {
  if (done_ || last_seen_) return;
  const std::size_t end = sendable();
  if (sent_ < end) {
    const std::size_t wanted = world_.dice.chance(50) ? end - sent_ : 1 + world_.dice.below(end - sent_);
    const std::size_t taken = socket_->push(std::string_view(out_).substr(sent_, wanted));
    sent_ += taken;
    world_.note(socket_->number(), "the client has sent", sent_);
    if (socket_->was_reset()) return ended();
    if (taken > 0 && sent_ < end) return send_later();
  }
  act_up();
}

void Client::act_up() {
  if (finished_) return;
  const bool cut = fault_ == Fault::cut_short && sent_ == stop_at_;
  if (cut || (fault_ == Fault::half_close && sent_ == out_.size())) {
    finished_ = true;
    socket_->finish();
    world_.note(socket_->number(), "the client sends no more");
  }
}

// ---- reading --------------------------------------------------------------------------------------------------------

void Client::read_later() {
  if (reading_ || done_ || stopped_reading_) return;
  reading_ = true;
  world_.after(world_.dice.chance(70) ? Duration(0) : world_.dice.delay(clumsiness_), [self = shared_from_this()] {
    self->reading_ = false;
    self->read_some();
  });
}

void Client::read_some() {
  if (done_) return;
  if (fault_ == Fault::stops_reading && answered_ + 1 >= plans_.size()) {
    stopped_reading_ = true;
    // It looks again when the server must have given up.
    world_.after(options_.timeouts.write + options_.timeouts.request + options_.timeouts.keep_alive + 70s,
                 [self = shared_from_this()] {
                   check(self->socket_->closed_by_server(), "a client that does not read is given up");
                   self->done_ = true;
                 });
    return;
  }
  if (socket_->was_reset()) return ended();
  in_ += socket_->pull(world_.dice.chance(70) ? in_.max_size() : 1 + world_.dice.below(2000));
  parse();
  if (done_) return;
  if (socket_->at_end()) return ended();
  if (socket_->readable()) read_later();
  if (fault_ == Fault::none && answered_ == plans_.size() && !last_seen_) {
    // All is answered: it leaves, or waits for the server to end an idle connection.
    if (!world_.dice.chance(50)) return;
    socket_->finish();
    finished_ = true;
  }
  send_later();
}

void Client::parse() {
  while (!done_ && parse_one()) {
  }
}

// One answer, or a 100; true when there may be more.
bool Client::parse_one() {
  const auto head_end = in_.find("\r\n\r\n");
  if (head_end == std::string::npos) return false;
  const std::string head = in_.substr(0, head_end + 2);
  check(head.starts_with("HTTP/1.") && head.size() > 12, "an answer begins with a status line");
  check(!last_seen_, "nothing comes after the last answer");
  check(head.find("x-forged") == std::string::npos, "no field is forged");
  std::from_chars(head.data() + 9, head.data() + 12, answer_.status);
  world_.note(socket_->number(), "the client sees", static_cast<std::uint64_t>(answer_.status));
  const Plan* plan = current();
  if (answer_.status == 100) {
    check(plan != nullptr && plan->expects && !got_100_, "100 comes once and only when it is asked for");
    got_100_ = true;
    in_.erase(0, head_end + 4);
    return true;
  }
  check(plan != nullptr || fault_ == Fault::garbage || answer_.status == 408, "an answer has a request");
  answer_.plan = field(head, "x-plan");
  answer_.close = field(head, "Connection") == "close";
  const bool to_head = plan != nullptr && plan->method == "HEAD" && answer_.status != 503;  // told before it was read
  const bool no_content = to_head || answer_.status == 204;
  return parse_body(head_end + 4, head, no_content);
}

bool Client::parse_body(std::size_t at, const std::string& head, bool no_content) {
  const std::string length = field(head, "Content-Length");
  if (no_content) {
    answer_.whole = true;
  } else if (!length.empty()) {
    const std::size_t size = std::stoull(length);
    if (in_.size() - at < size) return false;
    answer_.body = in_.substr(at, size);
    at += size;
    answer_.whole = true;
  } else if (field(head, "Transfer-Encoding") == "chunked") {
    while (!answer_.whole) {
      const auto line = in_.find("\r\n", at);
      if (line == std::string::npos) break;
      const std::size_t size = std::stoull(in_.substr(at, line - at), nullptr, 16);
      if (in_.size() < line + 2 + size + 2) break;
      check(in_.compare(line + 2 + size, 2, "\r\n") == 0, "a chunk ends in CRLF");
      answer_.body.append(in_, line + 2, size);
      answer_.whole = size == 0;
      at = line + 2 + size + 2;
    }
    if (!answer_.whole) answer_.body.clear();
  } else {  // until the end
    check(answer_.close, "an answer without an end says that it closes");
    if (!socket_->at_end()) return false;
    answer_.body = in_.substr(at);
    at = in_.size();
    answer_.whole = true;
  }
  if (!answer_.whole) return false;
  in_.erase(0, at);
  judge();
  return true;
}

void Client::judge() {
  const Plan* plan = current();
  last_seen_ = answer_.close;
  if (plan != nullptr && !plan->echoes() && plan->content > kDiscarded) excused_ = true;
  if (!answer_.plan.empty()) {
    check(plan != nullptr && answer_.plan == std::to_string(plan->number), "answers come in order");
    judge_own(*plan);
  } else {
    judge_refusal(plan);
  }
  ++answered_;
  got_100_ = false;
  answer_ = {};
}

// The app's own answer.
void Client::judge_own(const Plan& plan) {
  check(plan.act != Act::fail && plan.act != Act::leave, "this request has no answer");
  if (plan.act == Act::silent)
    return check(finished_ && plan.lingers, "only who is told that its client left answers late");
  if (answer_.status == 413) {
    check(plan.act == Act::limited && answer_.body == (plan.method == "HEAD" ? "" : "limited"), "413 is as planned");
    return;
  }
  check(answer_.status == 200, "the app's status");
  const bool ends_midway = plan.act == Act::fail_midway || plan.act == Act::leave_midway || plan.act == Act::too_short;
  if (plan.method == "HEAD") {
    excused_ = excused_ || ends_midway;  // it looks whole, and the connection is cut
    return;
  }
  check(!ends_midway || plan.http10, "an answer that breaks off does not look whole");
  if (ends_midway) return;
  check(answer_.body == content_of(plan.number, plan.answer), "the content is what the app sent");
  check(!plan.close || answer_.close, "close is answered with close");
}

// The server's.
void Client::judge_refusal(const Plan* plan) {
  check(answer_.close || answer_.status == 500, "a refusal ends the connection");
  const bool last = answered_ + 1 >= plans_.size();
  switch (answer_.status) {
    case 500:
      return check(plan != nullptr && may_be_500(*plan), "500 is as planned");
    case 504:
      return check(plan != nullptr && plan->act == Act::silent, "504 is for an app that does not answer");
    case 413:
      return check(plan != nullptr && plan->act == Act::limited, "413 is as planned");
    case 408:
      // Its content may come slower than the app reads, when the app dawdles.
      return check((fault_ == Fault::falls_silent && last) || clumsiness_ > 5s, "408 is for a client that dawdles");
    case 503:
      return check(is_crowded() && answered_ == 0, "503 is for a newcomer among too many");
    default:
      check(answer_.status == 400 || answer_.status == 501 || answer_.status == 505, "a refusal's status");
      check((fault_ == Fault::cut_short && last) || (fault_ == Fault::garbage && plan == nullptr),
            "only what is broken is refused");
  }
}

// ---- the end --------------------------------------------------------------------------------------------------------

void Client::ended() {
  done_ = true;
  if (answered_ == plans_.size()) {
    if (fault_ == Fault::garbage) check(last_seen_ || may_end_early(), "garbage ends in a refusal");
    return;
  }
  check(may_end_early(), "every request is answered, or there is a reason");
}

// A connection that idles may end at any moment.
bool Client::is_crowded() const { return options_.connections < net::ConnectionOptions().connections; }

// What may end a connection before its last answer is whole.
bool Client::may_end_early() const {
  if (forgiving_ || excused_ || last_seen_ || fault_ == Fault::falls_silent || fault_ == Fault::cut_short ||
      clumsiness_ > 5s)
    return true;
  if (fault_ == Fault::reset || fault_ == Fault::stops_reading) return true;
  // It made room for another one: nobody looked at the request that was on its way.
  if (is_crowded() && socket_->taken() <= begins_[answered_]) return true;
  if (answered_ == plans_.size()) return false;
  const Plan& plan = *plans_[answered_];
  switch (plan.act) {
    case Act::silent:  // told that its client may have left
    case Act::leave:
      return finished_;
    case Act::fail_midway:
    case Act::leave_midway:
    case Act::too_short:
      return true;
    case Act::mirror:
      return plan.chunked || plan.content > 0;  // its content may be refused when its answer has begun
    default:
      return false;
  }
}

}  // namespace appserve::sim
