#include "dev/updates.hpp"

#include <array>
#include <chrono>
#include <optional>

#include "dev/state.hpp"
#include "loop/event_loop.hpp"

namespace appserve::dev {
namespace {

using service::Piece;
using service::Status;
using namespace std::chrono_literals;

constexpr auto kLook = 100ms;     // between looks at the state: a file, because another process writes it
constexpr auto kHeartbeat = 10s;  // so that one who has left is noticed

class Stream final : public loop::Deadline {
 public:
  Stream(const std::string& folder, loop::EventLoop& loop, service::ResponseWriter& response)
      : folder_(folder), loop_(loop), response_(response) {
    response_.on_cancel([](void* self) { static_cast<Stream*>(self)->leave(); }, this);
    told_at_ = loop_.now();
    look();
  }

 private:
  // Not from inside the call that says so.
  void leave() {
    over_ = true;
    loop_.wheel().arm(*this, loop_.now());
  }
  void on_deadline() override { look(); }
  void look() {
    const State state = read_state(folder_);
    over_ = over_ || state.phase == State::Phase::over;
    if (!over_ && told_ != state.change) {
      told_ = state.change;
      say("data: " + std::to_string(state.change) + "\n\n");
    } else if (!over_ && loop_.now() - told_at_ > kHeartbeat) {
      say(":\n\n");
    }
    if (!over_) return loop_.wheel().arm(*this, loop_.now() + kLook);
    response_.on_cancel(nullptr, nullptr);
    response_.end();
    response_.release();
    delete this;
  }
  void say(const std::string& text) {
    told_at_ = loop_.now();
    const Piece piece{.data = text};
    over_ = response_.write({&piece, 1}, {[](void*, std::int32_t) {}, nullptr}) == Status::gone;
  }

  const std::string folder_;
  loop::EventLoop& loop_;
  service::ResponseWriter& response_;
  std::optional<std::uint64_t> told_;
  Time told_at_{};
  bool over_ = false;
};

}  // namespace

void Updates::start(const std::string& folder, service::Request& request, service::ResponseWriter& response) {
  const std::array fields{http::Field{"cache-control", "no-store"}};
  const Status begun = response.begin({.status = 200, .content_type = "text/event-stream", .fields = fields});
  if (begun != Status::ok || request.method == http::Method::head) {
    response.end();
    return response.release();
  }
  const Piece retry{.data = "retry: 200\n\n"};
  response.write({&retry, 1}, {[](void*, std::int32_t) {}, nullptr});
  new Stream(folder, *request.home, response);  // ends itself
}

}  // namespace appserve::dev
