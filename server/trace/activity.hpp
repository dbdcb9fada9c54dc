// What a thread does for an app at this moment: a few stores around each entry into plugin code, read when that code
// crashes or holds its loop. Knows neither apps nor HTTP.
#pragma once
#include <cstdint>
#include <string_view>

namespace appserve::trace {

/// The words about one request. The views belong to whoever serves it: over() comes before they end.
struct RequestWords {
  std::string_view method, target, route, id;
  std::uint64_t serial = 0;  // which request of this record

  void over() {
    method = target = route = id = {};
    ++serial;
  }
};

enum class Doing : unsigned char {
  nothing,
  loading,
  creating,
  destroying,
  loop_start,
  loop_stop,
  draining,
  handle,
  timer,
  posted,
  descriptor,
  body,
  written,
  canceling,
  blocking_work,
  work_done
};

/// "in handle()", "in a timer's callback"; empty for nothing.
std::string_view words_for(Doing doing) noexcept;

struct Activity {
  const char* app = nullptr;  // "libgame.so:create_app at /game"; null: in no app
  const RequestWords* request = nullptr;
  Doing doing = Doing::nothing;
};

/// This thread's. Written in place by InApp, read by signal handlers: that is why it is no parameter.
extern constinit thread_local Activity current;

/// A request that a later callback belongs to, if it still runs by then.
class Remembered {
 public:
  Remembered() = default;
  explicit Remembered(const RequestWords* request)
      : request_(request), serial_(request == nullptr ? 0 : request->serial) {}
  const RequestWords* now() const { return request_ != nullptr && request_->serial == serial_ ? request_ : nullptr; }

 private:
  const RequestWords* request_ = nullptr;
  std::uint64_t serial_ = 0;
};

/// While it lives, this thread is in plugin code.
class InApp {
 public:
  InApp(const char* app, Doing doing, const RequestWords* request = nullptr) noexcept : before_(current) {
    current = {app, request, doing};
  }
  InApp(const InApp&) = delete;
  InApp& operator=(const InApp&) = delete;
  ~InApp() { current = before_; }

 private:
  Activity before_;
};

}  // namespace appserve::trace
