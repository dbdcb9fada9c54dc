#include "journal/loop_journal.hpp"

#include <array>
#include <bit>
#include <chrono>

namespace appserve::journal {
namespace {

using namespace std::chrono_literals;
using scoreboard::Ticket;
using service::Ending;

constexpr auto kBeat = 500ms;
constexpr auto kFlush = 100ms;

constexpr std::array kEndings{scoreboard::Ending::answered, scoreboard::Ending::refused, scoreboard::Ending::left,
                              scoreboard::Ending::cut};
constexpr std::array<std::string_view, 4> kEndingNames{"answered", "refused", "left", "cut"};

// A mark: the flight's row and its place in the table.
using Mark = service::Journal::Mark;
Mark pack(const Ticket& ticket) { return std::uint64_t{ticket.row} << 16 | ticket.flight; }
Ticket unpack(Mark mark) {
  return {.row = static_cast<std::uint32_t>(mark >> 16), .flight = static_cast<std::uint16_t>(mark)};
}

// "GET", "/x" of "GET /x HTTP/1.1\r\n…", as far as there is any of it.
struct FirstLine {
  std::string_view all, method, target;
  explicit FirstLine(std::string_view head) : all(head.substr(0, head.find_first_of("\r\n"))) {
    method = all.substr(0, all.find(' '));
    target = all.substr(std::min(method.size() + 1, all.size()));
    target = target.substr(0, target.find(' '));
  }
};

}  // namespace

LoopJournal::LoopJournal(loop::EventLoop& loop, scoreboard::Board& board, std::size_t slot,
                         std::unique_ptr<AccessLog> access)
    : loop_(loop), tally_(board, slot, loop.index()), access_(std::move(access)), pulse_(loop.context()) {
  tally_.beat(loop.now(), {});
  pulse_.expires_after(kBeat);
  beat();
}

void LoopJournal::beat() {
  pulse_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    const loop::EventLoop::Turn turn(loop_);
    tally_.beat(loop_.now(), loop_.now() - pulse_.expiry());
    pulse_.expires_after(kBeat);
    beat();
  });
}

service::Journal::Mark LoopJournal::begin(const service::Request& request, Time since) {
  Ticket ticket = tally_.begin(request.method_name, request.target, request.id, request.remote, since);
  tally_.name(ticket, request.app, {});
  return pack(ticket);
}

void LoopJournal::routed(Mark& mark, const service::Request& request, std::string_view route) {
  Ticket ticket = unpack(mark);
  tally_.name(ticket, request.app, route);
  mark = pack(ticket);
}

void LoopJournal::end(Mark mark, const service::Record& record) {
  const service::Request& request = record.request;
  const auto ending = static_cast<std::size_t>(record.ending);
  tally_.end(unpack(mark), kEndings.at(ending), record.status, record.bytes_in, record.bytes_out, record.latency);
  if (access_ == nullptr) return;
  log({.remote = request.remote,
       .id = request.id,
       .method = request.method_name,
       .target = request.target,
       .version = request.http10 ? "HTTP/1.0" : "HTTP/1.1",
       .host = request.authority,
       .scheme = request.scheme,
       .app = request.app,
       .route = record.route,
       .ending = kEndingNames.at(ending),
       .status = record.status,
       .bytes_in = record.bytes_in,
       .bytes_out = record.bytes_out,
       .latency = record.latency,
       .took = record.took,
       .fields = request.fields});
}

void LoopJournal::refused(const service::Refused& message) {
  const FirstLine line(message.head);
  const Ticket ticket = tally_.begin(line.method, line.target, {}, message.peer, message.at);
  tally_.end(ticket, scoreboard::Ending::refused, message.why.status, message.head.size(), 0, {});
  if (access_ == nullptr) return;
  log({.remote = message.peer,
       .first_line = line.all,
       .method = line.method,
       .target = line.target,
       .ending = "refused",
       .why = message.why.why,
       .status = message.why.status,
       .bytes_in = message.head.size()});
}

void LoopJournal::log(const AccessLine& line) {
  if (!access_->write(line, loop_.now())) tally_.access_lines_dropped(1);
  if (!armed()) loop_.wheel().arm(*this, loop_.now() + kFlush);
}

void LoopJournal::on_deadline() {
  access_->flush(loop_.now());
  if (access_->pending()) loop_.wheel().arm(*this, loop_.now() + kFlush);
}

void LoopJournal::reopen() {
  if (access_ == nullptr) return;
  access_->flush(loop_.now());
  access_->reopen();
}

}  // namespace appserve::journal
