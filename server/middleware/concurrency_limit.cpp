#include "middleware/concurrency_limit.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <exception>
#include <new>

#include "loop/event_loop.hpp"

namespace appserve::middleware {
namespace {

using service::Completion;
using service::Piece;
using service::Status;

void turn_away(service::ResponseWriter& response) {
  const std::array fields{http::Field{"retry-after", "1"}};
  const Piece body{.data = "Service Unavailable\n\nthe app is busy\n"};
  response.respond({.status = 503, .content_type = "text/plain; charset=utf-8", .fields = fields}, {&body, 1});
  response.release();
}

}  // namespace

// The way out of one admitted request: passes everything on, and gives its place back at the end.
class ConcurrencyLimit::Ticket final : public service::ResponseWriter {
 public:
  Ticket(ConcurrencyLimit& limit, service::ResponseWriter& inner) : limit_(limit), inner_(inner) {}

  Status respond(const http::ResponseHead& head, std::span<const Piece> body) override {
    return inner_.respond(head, body);
  }
  Status begin(const http::ResponseHead& head) override { return inner_.begin(head); }
  Status write(std::span<const Piece> body, Completion done) override { return inner_.write(body, done); }
  Status end() override { return inner_.end(); }
  void on_cancel(void (*fn)(void* arg), void* arg) override { inner_.on_cancel(fn, arg); }
  Status fail(std::string_view why) override { return inner_.fail(why); }
  void set_route(std::string_view pattern) override { inner_.set_route(pattern); }
  void* allocate(std::size_t bytes) override { return inner_.allocate(bytes); }
  void release() override {
    limit_.in_flight_.fetch_sub(1, std::memory_order_relaxed);
    inner_.release();  // the ticket's memory ends here
  }

 private:
  ConcurrencyLimit& limit_;
  service::ResponseWriter& inner_;
};

void ConcurrencyLimit::call(service::Request& request, service::ResponseWriter& response) noexcept {
  if (in_flight_.fetch_add(1, std::memory_order_relaxed) >= most_) {
    in_flight_.fetch_sub(1, std::memory_order_relaxed);
    turn_away(response);
    return turned_away(request.home == nullptr ? Clock::now() : request.home->now());
  }
  app_.call(request, *new (response.allocate(sizeof(Ticket))) Ticket(*this, response));
}

void ConcurrencyLimit::turned_away(Time now) noexcept try {
  turned_away_.fetch_add(1, std::memory_order_relaxed);
  Time next = next_line_.load(std::memory_order_relaxed);
  if (log_ == nullptr || now < next || !next_line_.compare_exchange_strong(next, now + std::chrono::minutes(1))) return;
  log_->write(fault('W', 5011), fmt::format("{} has {} requests already; {} were answered 503 since the last such line",
                                            name_, most_, turned_away_.exchange(0)));
} catch (const std::exception&) {
  // without memory for it there is no line
}

}  // namespace appserve::middleware
