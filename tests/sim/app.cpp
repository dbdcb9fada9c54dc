#include "sim/app.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace appserve::sim {

using service::Completion;
using service::Piece;
using service::Request;
using service::ResponseWriter;
using service::Status;

// One call. Deletes itself after release().
class Handler {
 public:
  Handler(App& app, const Plan& plan, Request& request, ResponseWriter& response)
      : app_(app), plan_(plan), request_(request), response_(response) {
    ++app_.running_;
  }

  void start() {
    response_.on_cancel([](void* self) { static_cast<Handler*>(self)->cancelled(); }, this);
    if (plan_.act == Act::limited && !request_.reader->limit(plan_.content / 2)) return answer(413, "limited");
    if (plan_.pause > Duration(0) && plan_.act != Act::whole) return later(&Handler::act);
    act();
  }

 private:
  using Step = void (Handler::*)();

  void act() {
    World::current().note(0, "the app acts on", plan_.number);
    switch (plan_.act) {
      case Act::whole:
      case Act::later:
        return answer(200, content_of(plan_.number, plan_.answer));
      case Act::bad_field:
        return forge();
      case Act::collect:
      case Act::limited:
        return collect();
      case Act::take_all:
        return take_all();
      case Act::mirror:
        if (begin(request_.content_length)) mirror();
        return;
      case Act::silent:
        return;  // cancelled() ends it
      case Act::leave:
        return release();
      case Act::fail:
        response_.fail("as planned");
        return release();
      case Act::stream:
      case Act::fail_midway:
      case Act::leave_midway:
      case Act::too_short:
      case Act::too_long:
        return begin_stream();
    }
  }

  // ---- answers ----
  void answer(int status, const std::string& text) {
    const http::Field fields[] = {{"x-plan", number_}};
    const Piece body{.data = text};
    const Status done =
        response_.respond({.status = status, .content_type = "text/plain", .fields = fields}, {&body, 1});
    check(done == Status::ok || done == Status::gone, "a plain answer is taken");
    release();
  }

  void forge() {
    const http::Field fields[] = {{"x-evil", "a\r\nx-forged: 1"}};
    const Status done = response_.respond({.fields = fields}, {});
    check(done == Status::invalid || done == Status::gone, "a forged field is refused");
    answer(200, content_of(plan_.number, plan_.answer));
  }

  bool begin(std::int64_t length) {
    const http::Field fields[] = {{"x-plan", number_}};
    const Status done = response_.begin({.fields = fields, .content_length = length});
    if (done == Status::ok) return true;
    check(done == Status::gone, "a stream begins");
    release();
    return false;
  }

  void begin_stream() {
    text_ = content_of(plan_.number, plan_.answer);
    auto length = static_cast<std::int64_t>(text_.size());
    if (plan_.act == Act::too_short) length += 10;
    if (plan_.act == Act::too_long) text_ += "ten more..";
    const bool known = plan_.known_length || plan_.act == Act::too_short || plan_.act == Act::too_long;
    if (begin(known ? length : -1)) stream();
  }

  void stream() {
    while (written_ < plan_.pieces) {
      if (ends_midway() && written_ + 1 == plan_.pieces) break;
      const std::size_t size = ++written_ == plan_.pieces ? text_.size() - at_ : text_.size() / plan_.pieces;
      const std::string_view part = std::string_view(text_).substr(at_, size);
      at_ += size;
      const Status done = write(part, &Handler::stream_on);
      if (done == Status::pending) return;
      if (done != Status::ok) return release();
      if (plan_.pause > Duration(0)) return later(&Handler::stream);
    }
    if (plan_.act == Act::fail_midway) response_.fail("as planned");
    if (!ends_midway()) end();
    release();
  }

  bool ends_midway() const { return plan_.act == Act::fail_midway || plan_.act == Act::leave_midway; }

  void stream_on(Status status) {
    if (status != Status::ok) return release();
    stream();
  }

  void end() {
    const Status done = response_.end();
    check(done == Status::ok || done == Status::gone, "a stream ends");
  }

  Status write(std::string_view text, void (Handler::*resume)(Status)) {
    Piece piece{.data = text};
    if (plan_.lends) {
      ++app_.lent_;
      piece.release = [](void* app) { --static_cast<App*>(app)->lent_; };
      piece.arg = &app_;
    }
    return start_waiting(resume, [&](Completion done) { return response_.write({&piece, 1}, done); });
  }

  // ---- content ----
  void collect() {
    for (std::string_view chunk;;) {
      switch (
          start_waiting(&Handler::collect_on, [&](Completion done) { return request_.reader->next(chunk, done); })) {
        case Status::ok:
          text_ += chunk;
          continue;
        case Status::pending:
          return;
        case Status::eof:
          return answer(200, text_);
        default:
          return release();
      }
    }
  }
  void collect_on(Status status) {
    if (status != Status::ok) return release();
    collect();
  }

  void take_all() {
    std::string_view content;
    const Status done =
        start_waiting(&Handler::all_on, [&](Completion then) { return request_.reader->all(1 << 20, content, then); });
    if (done == Status::pending) return;
    if (done != Status::ok) return release();
    answer(200, std::string(content));
  }
  void all_on(Status status) {
    if (status != Status::ok) return release();
    take_all();
  }

  void mirror() {
    for (std::string_view chunk;;) {
      const Status read =
          start_waiting(&Handler::mirror_on, [&](Completion done) { return request_.reader->next(chunk, done); });
      if (read == Status::pending) return;
      if (read == Status::eof) end();
      if (read != Status::ok) return release();
      text_ = chunk;
      const Status sent = write(text_, &Handler::mirror_on);
      if (sent == Status::pending) return;
      if (sent != Status::ok) return release();
    }
  }
  void mirror_on(Status status) {
    if (status != Status::ok) return release();
    mirror();
  }

  // ---- waiting ----
  template <class Start>
  Status start_waiting(void (Handler::*resume)(Status), Start start) {
    check(!waiting_, "one operation at a time");
    waiting_ = resume;
    starting_ = true;
    const Status now = start(Completion{&Handler::completed, this});
    starting_ = false;
    if (now != Status::pending) waiting_ = nullptr;
    return now;
  }

  static void completed(void* arg, std::int32_t status) {
    auto& self = *static_cast<Handler*>(arg);
    check(!self.starting_, "a completion never comes from inside its call");
    check(self.waiting_ != nullptr, "a completion comes once");
    const auto resume = std::exchange(self.waiting_, nullptr);
    (self.*resume)(static_cast<Status>(status));
  }

  void later(Step step) {
    ++timers_;
    World::current().after(plan_.pause, [this, step] {
      --timers_;
      if (released_) return end_if_unused();
      (this->*step)();
    });
  }

  void cancelled() {
    check(!cancelled_, "a handler is cancelled once");
    cancelled_ = true;
    if (plan_.act != Act::silent) return;  // the others find out
    if (!plan_.lingers) return release();
    ++timers_;
    World::current().after(std::chrono::seconds(5), [this] {
      --timers_;
      if (!released_) answer(200, "too late");
    });
  }

  void release() {
    if (waiting_ != nullptr) return;  // told so by its completion
    check(!released_, "a request is released once");
    World::current().note(0, "the app releases", plan_.number);
    released_ = true;
    response_.release();
    --app_.running_;
    end_if_unused();
  }
  void end_if_unused() {
    if (timers_ == 0) delete this;
  }

  App& app_;
  const Plan& plan_;
  Request& request_;
  ResponseWriter& response_;
  std::string number_ = std::to_string(plan_.number);
  std::string text_;
  std::size_t at_ = 0, written_ = 0;
  void (Handler::*waiting_)(Status) = nullptr;
  unsigned timers_ = 0;
  bool starting_ = false, cancelled_ = false, released_ = false;
};

void App::call(Request& request, ResponseWriter& response) noexcept {
  unsigned number = 0;
  const std::string_view digits = request.path.substr(1);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  check(number < plans_.size(), "the app is called with what was sent");
  called_.resize(plans_.size());
  check(!called_[number], "a request reaches the app once");
  called_[number] = true;
  World::current().note(0, "the app is called with", number);
  (new Handler(*this, plans_[number], request, response))->start();
}

}  // namespace appserve::sim
