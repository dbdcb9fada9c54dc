// What the ABI's as_ctx is in this house: the host's record of one app instance. Its functions get at everything
// through it, so there are no globals.
#pragma once
#include <appserve/abi.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "app/handle_pool.hpp"
#include "app/loop_handles.hpp"
#include "base/log.hpp"
#include "loop/blocking_pool.hpp"
#include "loop/event_loop.hpp"
#include "service/request.hpp"
#include "service/response_writer.hpp"
#include "trace/activity.hpp"

namespace appserve::app {

/// One request in a plugin's hands. The plugin sees the as_req in it.
struct Call : as_req {
  enum class Stage : unsigned char { open, streaming, answered, over };

  Call() : as_req{} {}
  service::ResponseWriter* writer = nullptr;
  service::BodyReader* reader = nullptr;
  as_ctx* ctx = nullptr;
  loop::EventLoop* home = nullptr;
  Call* next_free = nullptr;
  trace::RequestWords words;
  service::Completion reading, writing;  // the plugin's; told through the bridge
  as_fn cancel = nullptr;
  void* cancel_arg = nullptr;
  Stage stage = Stage::over;
  bool in_handle = false;
  bool released = false;  // inside handle(): takes effect when it returns
};

/// Blocking work for a loop.
struct Job {
  as_ctx* ctx = nullptr;
  loop::EventLoop* home = nullptr;
  as_fn work = nullptr;
  as_done done = nullptr;
  void* arg = nullptr;
  trace::Remembered request;
  bool open = false;      // done() is still to be called
  bool returned = false;  // the pool's thread has left work()
  Job* next_free = nullptr;
};

/// What an instance has on one loop; touched by that loop's thread only, but for the jobs.
struct alignas(64) LoopShare {
  HandlePool<Call> calls;
  HandlePool<as_op> timers;
  HandlePool<as_fd> descriptors;

  struct Jobs {  // all under the mutex
    std::mutex mutex;
    std::condition_variable one_returned;
    HandlePool<Job> pool;
    bool closed = false;
  } jobs;
};

}  // namespace appserve::app

struct as_ctx {
  std::string label;  // in the log: "libgame.so:create_app at /game"
  appserve::Log* log = nullptr;
  std::vector<appserve::loop::EventLoop*> loops;
  appserve::loop::BlockingPool* pool = nullptr;
  as_app app{};                                  // the plugin's descriptor, as far as its size says; the rest zero
  void* self = nullptr;                          // its instance
  std::vector<appserve::app::LoopShare> shares;  // by loop index

  as_ctx() = default;
  as_ctx(const as_ctx&) = delete;
  as_ctx& operator=(const as_ctx&) = delete;

  /// While it lives, this thread runs code of this app.
  appserve::trace::InApp enter(appserve::trace::Doing doing, appserve::trace::RequestWords* request = nullptr) const {
    return {label.c_str(), doing, request};
  }

  /// The loop behind the ABI's handle; null when it is none of ours.
  appserve::loop::EventLoop* find(const as_loop* loop) const {
    for (auto* candidate : loops)
      if (reinterpret_cast<const as_loop*>(candidate) == loop) return candidate;
    return nullptr;
  }
  static as_loop* handle_of(appserve::loop::EventLoop* loop) { return reinterpret_cast<as_loop*>(loop); }

  appserve::app::LoopShare& share(const appserve::loop::EventLoop& loop) { return shares[loop.index()]; }

  /// [any] The plugin broke a rule of abi.h; it gets AS_ESTATE and the log the rule.
  std::int32_t misuse(const char* function, const char* rule) const noexcept;
};
