#include "dev/front.hpp"

#include <array>
#include <exception>
#include <memory>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "dev/page.hpp"
#include "dev/state.hpp"
#include "dev/updates.hpp"
#include "dev/where.hpp"
#include "http/message.hpp"

namespace appserve::dev {
namespace {

using service::Completion;
using service::Piece;
using service::Status;

std::string_view field(const service::Request& request, std::string_view name) {
  for (const http::Field& field : request.fields)
    if (field.name == name) return field.value;
  return {};
}

// A browser that goes somewhere, and not a script that asks for data.
bool wants_page(const service::Request& request) {
  return (request.method == http::Method::get || request.method == http::Method::post) &&
         field(request, "accept").find("text/html") != std::string_view::npos;
}

Status answer(service::ResponseWriter& response, int status, std::string_view type, std::string_view body) {
  const std::array fields{http::Field{"cache-control", "no-store"}};
  const Piece piece{.data = body};
  return response.respond({.status = status, .content_type = type, .fields = fields}, {&piece, 1});
}

bool is_html(const http::ResponseHead& head) {
  if (head.status < 200 || head.status == 204 || head.status == 206 || head.status == 304) return false;
  std::string_view type = head.content_type;
  for (const http::Field& field : head.fields) {
    if (ascii::iequals(field.name, "content-encoding") || ascii::iequals(field.name, "content-length")) return false;
    if (ascii::iequals(field.name, "content-type")) type = field.value;
  }
  return type.starts_with("text/html");
}

// The way out of one request: HTML gets the script, a failure its page.
class Shown final : public service::ResponseWriter {
 public:
  Shown(const service::Request& request, service::ResponseWriter& inner, const Log& log)
      : request_(request), inner_(inner), log_(log) {}

  Status respond(const http::ResponseHead& head, std::span<const Piece> body) override {
    if (!adds_script(head)) return noted(inner_.respond(head, body));
    std::vector<Piece> pieces(body.begin(), body.end());
    pieces.push_back({.data = script_tag()});
    return noted(inner_.respond(longer(head), pieces));
  }
  Status begin(const http::ResponseHead& head) override {
    script_due_ = adds_script(head);
    return noted(inner_.begin(script_due_ ? longer(head) : head));
  }
  Status write(std::span<const Piece> body, Completion done) override { return inner_.write(body, done); }
  Status end() override {
    const Piece script{.data = script_tag()};
    if (std::exchange(script_due_, false)) inner_.write({&script, 1}, {[](void*, std::int32_t) {}, nullptr});
    return inner_.end();
  }
  void on_cancel(void (*fn)(void* arg), void* arg) override { inner_.on_cancel(fn, arg); }
  Status fail(std::string_view why) override {
    if (!std::exchange(answered_, true)) show(why);
    return inner_.fail(why);  // after an answer only the log is told
  }
  void set_route(std::string_view pattern) override {
    route_ = pattern;
    inner_.set_route(pattern);
  }
  void* allocate(std::size_t bytes) override { return inner_.allocate(bytes); }
  void release() override { inner_.release(); }

 private:
  bool adds_script(const http::ResponseHead& head) const {
    return request_.method != http::Method::head && is_html(head);
  }
  static http::ResponseHead longer(http::ResponseHead head) {
    if (head.content_length >= 0) head.content_length += static_cast<std::int64_t>(script_tag().size());
    return head;
  }
  Status noted(Status status) {
    answered_ = answered_ || status == Status::ok;
    return status;
  }
  void show(std::string_view why) {
    Failure failure{.what = std::string(why),
                    .request = std::string(request_.method_name) + " " + std::string(request_.target),
                    .route = std::string(route_),
                    .id = std::string(request_.id),
                    .fields = {},
                    .stack_of = {},
                    .stack = {},
                    .log = log_.recent()};
    for (const http::Field& field : request_.fields) failure.fields.emplace_back(field.name, field.value);
    std::tie(failure.stack_of, failure.stack) = where_it_failed();
    if (wants_page(request_))
      answer(inner_, 500, "text/html; charset=utf-8", failure_page(failure));
    else
      answer(inner_, 500, "text/plain; charset=utf-8", failure_text(failure));
  }

  const service::Request& request_;
  service::ResponseWriter& inner_;
  const Log& log_;
  std::string_view route_;
  bool answered_ = false, script_due_ = false;
};

}  // namespace

void Front::call(service::Request& request, service::ResponseWriter& response) noexcept try {
  if (request.path == "/_appserve/dev") return Updates::start(folder_, request, response);
  if (request.path == "/_appserve/dev.js") {
    answer(response, 200, "text/javascript", script());
    return response.release();
  }
  const State state = read_state(folder_);
  const bool broken = state.phase == State::Phase::broken;
  if ((broken && wants_page(request)) || (!state.built && state.phase != State::Phase::over)) {
    const std::string_view title = !broken                            ? "Building …"
                                   : state.text.starts_with("error[") ? "The app does not start"
                                                                      : "The build is broken";
    if (wants_page(request))
      answer(response, broken ? 500 : 503, "text/html; charset=utf-8", broken_page(title, state.text, state.change));
    else
      answer(response, broken ? 500 : 503, "text/plain; charset=utf-8", std::string(title) + "\n\n" + state.text);
    return response.release();
  }
  apps_.call(request, *new (response.allocate(sizeof(Shown))) Shown(request, response, log_));
} catch (const std::exception&) {
  response.release();  // memory: without an answer it is a 500
}

}  // namespace appserve::dev
