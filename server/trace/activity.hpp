// What a thread does for an app at this moment: a few stores around each entry into plugin code, read when that code
// crashes or holds its loop. Knows neither apps nor HTTP.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace appserve::trace {

/// What an app may wait for.
enum class Waiting : unsigned char { timer, descriptor, blocking_work, posted, content, writing };

/// The words about one request. The views belong to whoever serves it: over() comes before they end.
struct RequestWords {
  std::string_view method, target, route, id;
  std::atomic<std::uint64_t> serial = 0;       // which request of this record; blocking work may ask for it
  std::array<std::uint16_t, 6> waiting_for{};  // by Waiting

  void over() {
    method = target = route = id = {};
    waiting_for = {};
    serial.store(serial.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
};

/// "a timer, blocking work"; empty when it waits for nothing the server knows of.
std::string words_for_waits(const RequestWords& request);

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
  RequestWords* request = nullptr;
  Doing doing = Doing::nothing;
};

/// This thread's innermost; null: none. Set by InApp, read by signal handlers: that is why it is no parameter.
extern constinit thread_local const Activity* innermost;

inline const Activity& current() noexcept {
  static constexpr Activity kNone;
  return innermost == nullptr ? kNone : *innermost;
}

/// A request that a later callback belongs to, if it still runs by then. [the request's home]
class Remembered {
 public:
  Remembered() = default;
  /// The request this loop's thread is at, if any; it waits from here on.
  explicit Remembered(Waiting what) noexcept;
  RequestWords* now() const noexcept {
    return request_ != nullptr && request_->serial.load(std::memory_order_relaxed) == serial_ ? request_ : nullptr;
  }
  /// The same, and it does not wait any more.
  RequestWords* end(Waiting what) const noexcept;

 private:
  RequestWords* request_ = nullptr;
  std::uint64_t serial_ = 0;
};

/// While it lives, this thread is in plugin code.
class InApp {
 public:
  InApp(const char* app, Doing doing, RequestWords* request = nullptr) noexcept
      : activity_{app, request, doing}, before_(innermost) {
    std::atomic_signal_fence(std::memory_order_release);
    innermost = &activity_;
  }
  InApp(const InApp&) = delete;
  InApp& operator=(const InApp&) = delete;
  ~InApp() { innermost = before_; }

 private:
  const Activity activity_;
  const Activity* const before_;
};

}  // namespace appserve::trace
