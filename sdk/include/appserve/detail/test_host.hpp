// The host's side of the C table inside a test program: one thread, virtual time, deterministic. Knows no C++ app type.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <appserve/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace appserve {
inline namespace v1 {
namespace detail::test {

struct Call;

struct Host;

struct Timer {
  Host* host;
  as_done fn;
  void* arg;
  std::uint64_t due;
};

struct Descriptor {
  struct Wait {
    std::int32_t events = 0;
    as_done fn = nullptr;
    void* arg = nullptr;
  };
  Host* host;
  int fd;
  std::array<Wait, 2> waits{};
};

/// What as_ctx*, as_loop*, as_op* and as_fd* point to here.
struct Host {
  struct Loop {
    Host* host;
    std::uint32_t index;
  };
  explicit Host(std::uint32_t loop_count) {
    for (std::uint32_t i = 0; i < loop_count; ++i) loops.push_back(std::make_unique<Loop>(Loop{this, i}));
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host() { ::close(wakeup); }

  /// [any] `fn` runs at the next turn.
  void later(std::function<void()> fn) {
    {
      const std::lock_guard lock(mutex);
      ready.push_back(std::move(fn));
    }
    if (!pthread_equal(home, pthread_self())) ::eventfd_write(wakeup, 1);
  }
  bool turn() {
    std::function<void()> fn;
    {
      const std::lock_guard lock(mutex);
      if (ready.empty()) return false;
      fn = std::move(ready.front());
      ready.pop_front();
    }
    fn();
    return true;
  }
  /// Runs all that can run without time passing, here and in the world.
  void settle() {
    do {
      while (turn()) {
      }
    } while (look_outside(0));
  }
  /// Waits up to `milliseconds` of real time for descriptors and other threads; runs what they bring. False: nothing.
  bool look_outside(int milliseconds) {
    std::vector<pollfd> polled{{wakeup, POLLIN, 0}};
    std::vector<Descriptor*> watched{nullptr};
    for (const auto& d : descriptors) {
      const std::int32_t events = d->waits[0].events | d->waits[1].events;
      if (events == 0) continue;
      const int wanted = ((events & 1) != 0 ? POLLIN : 0) | ((events & 2) != 0 ? POLLOUT : 0);
      polled.push_back({d->fd, static_cast<short>(wanted), 0});
      watched.push_back(d.get());
    }
    if (milliseconds == 0 && polled.size() == 1) return false;  // other threads' posts are in the queue already
    if (::poll(polled.data(), polled.size(), milliseconds) <= 0) return false;
    eventfd_t ignored = 0;
    if (polled[0].revents != 0) ::eventfd_read(wakeup, &ignored);
    for (std::size_t i = 1; i < polled.size(); ++i)
      if (polled[i].revents != 0) tell(watched[i], polled[i].revents);
    return true;
  }
  void tell(Descriptor* d, int happened) {
    const bool broken = (happened & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    const std::int32_t now =
        ((happened & POLLIN) != 0 || broken ? 1 : 0) | ((happened & POLLOUT) != 0 || broken ? 2 : 0);
    for (std::size_t i = 0; i < 2; ++i) {
      const bool open =
          std::any_of(descriptors.begin(), descriptors.end(), [&](const auto& p) { return p.get() == d; });
      if (!open) return;  // closed by what the first wait did
      if ((d->waits[i].events & now) == 0) continue;
      const Descriptor::Wait ended = std::exchange(d->waits[i], {});
      ended.fn(ended.arg, AS_OK);
    }
  }
  /// The next single thing happens. False: nothing does before `until`.
  bool event(std::uint64_t until) { return turn() || look_outside(patience) || next_timer(until); }
  /// Something happens: outside, within our patience, or because time moves on. False: nothing does before `until`.
  bool step(std::uint64_t until) {
    if (!look_outside(patience) && !next_timer(until)) return false;
    settle();
    return true;
  }
  /// Moves the clock on, timer by timer. False: no timer is left before `until`.
  bool next_timer(std::uint64_t until) {
    Timer* first = nullptr;
    for (const auto& t : timers)
      if (!first || t->due < first->due) first = t.get();
    if (!first || first->due > until) return false;
    now = std::max(now, first->due);
    end_timer(first, AS_OK);
    return true;
  }
  void end_timer(Timer* timer, std::int32_t status) {
    const Timer ended = *timer;
    std::erase_if(timers, [&](const auto& t) { return t.get() == timer; });
    ended.fn(ended.arg, status);
  }

  /// A coin for the chaos mode: false without it.
  bool toss() { return chaos != 0 && (random() & 1) != 0; }
  std::uint64_t random() {  // xorshift64
    chaos ^= chaos << 13;
    chaos ^= chaos >> 7;
    chaos ^= chaos << 17;
    return chaos;
  }

  std::mutex mutex;
  std::deque<std::function<void()>> ready;
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<std::unique_ptr<Descriptor>> descriptors;
  std::vector<std::string> log;
  const pthread_t home = pthread_self();
  const int wakeup = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int patience = 0;  // milliseconds of real time
  std::uint64_t now = 1;
  std::uint64_t chaos = 0;
  std::size_t in_flight = 0;
};

/// A request from start to release; what the client has received so far.
struct Call : as_req {
  Host* host = nullptr;
  std::string method_text, target_text, prefix_text, path_text, query_text, remote_text, id_text;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<as_field> field_views;

  std::string inline_body;  // as_req::body points into it
  std::string unread;       // content that has arrived and was not read
  std::string last_chunk;   // what body_next's view points into
  std::string whole;        // what body_all's view points into
  bool body_ended = true;
  bool told_pending = false;  // chaos: said PENDING once, now the truth
  as_done body_fn = nullptr;
  void* body_arg = nullptr;

  bool slow_client = false;  // writes stay pending until take()
  as_done write_fn = nullptr;
  void* write_arg = nullptr;
  as_fn cancel_fn = nullptr;
  void* cancel_arg = nullptr;
  bool gone = false;
  bool released = false;
  bool begun = false;

  int status = 0;
  std::vector<std::pair<std::string, std::string>> response_headers;
  std::string content_type, received, route, failure;
  std::int64_t announced_length = -1;
  bool complete = false;

  void body_event(std::int32_t result) {
    if (const as_done fn = std::exchange(body_fn, nullptr))
      host->later([fn, arg = body_arg, result] { fn(arg, result); });
  }
  void write_event(std::int32_t result) {
    if (const as_done fn = std::exchange(write_fn, nullptr))
      host->later([fn, arg = write_arg, result] { fn(arg, result); });
  }
  /// The client leaves, or the server's patience ends.
  void cancel(bool leave) {
    gone = gone || leave;
    const auto tell = [this] {
      if (const as_fn fn = std::exchange(cancel_fn, nullptr)) fn(cancel_arg);
    };
    const bool operations_first = host->toss();
    if (!operations_first) host->later(tell);
    body_event(leave ? AS_EGONE : AS_ECANCELED);
    write_event(leave ? AS_EGONE : AS_ECANCELED);
    if (operations_first) host->later(tell);
  }
  void check_open(const char* function) const {
    if (!released) return;
    std::fprintf(stderr, "TestClient: %s() after release() of %s\n", function, target_text.c_str());
    std::abort();
  }
};

inline Host& host_of(as_ctx* ctx) { return *reinterpret_cast<Host*>(ctx); }
inline Call& call_of(as_req* req) { return *static_cast<Call*>(req); }

inline bool valid_field(std::string_view name, std::string_view value) {
  return !name.empty() && name.find_first_of(" \t\r\n:") == name.npos &&
         value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos;
}

inline std::int32_t take_head(Call& c, const as_resp* r) {
  if (c.status != 0 || !c.failure.empty()) return AS_ESTATE;
  std::vector<std::pair<std::string, std::string>> headers;
  for (std::size_t i = 0; i < r->field_count; ++i) {
    const auto name = view(r->fields[i].name), value = view(r->fields[i].value);
    if (!valid_field(name, value)) return AS_EINVAL;
    headers.emplace_back(name, value);
  }
  if (r->status < 200 || r->status > 999) return AS_EINVAL;
  if (c.gone) return AS_EGONE;
  c.status = static_cast<int>(r->status);
  c.response_headers = std::move(headers);
  c.content_type = view(r->content_type);
  return AS_OK;
}

/// Copies or drops the pieces; releases them either way.
inline void take_pieces(Call& c, const as_buf* pieces, std::uint32_t n, bool keep) {
  for (std::uint32_t i = 0; i < n; ++i) {
    if (keep && c.method != AS_HEAD) c.received.append(pieces[i].ptr, pieces[i].len);
    if (pieces[i].release) pieces[i].release(pieces[i].arg);
  }
}

inline std::int32_t respond(as_req* req, const as_resp* r) {
  Call& c = call_of(req);
  c.check_open("respond");
  const std::int32_t result = take_head(c, r);
  take_pieces(c, r->body, r->body_count, result == AS_OK);
  c.complete = result == AS_OK;
  return result;
}

inline std::int32_t begin(as_req* req, const as_resp* r) {
  Call& c = call_of(req);
  c.check_open("begin");
  const std::int32_t result = take_head(c, r);
  c.announced_length = r->content_length;
  c.begun = result == AS_OK;
  return result;
}

inline std::int32_t write(as_req* req, const as_buf* pieces, std::uint32_t n, as_done fn, void* arg) {
  Call& c = call_of(req);
  c.check_open("write");
  if (!c.begun || c.complete || c.write_fn) return AS_ESTATE;
  take_pieces(c, pieces, n, !c.gone);
  if (c.gone) return AS_EGONE;
  if (!c.slow_client && !c.host->toss()) return AS_OK;
  c.write_fn = fn;
  c.write_arg = arg;
  if (!c.slow_client) c.write_event(AS_OK);
  return AS_PENDING;
}

inline std::int32_t write_file(as_req* req, int fd, std::uint64_t offset, std::uint64_t length, as_done fn, void* arg) {
  std::string bytes(static_cast<std::size_t>(length), '\0');
  if (pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) != static_cast<ssize_t>(bytes.size()))
    return AS_EINVAL;
  const as_buf piece{bytes.data(), bytes.size(), nullptr, nullptr};
  return write(req, &piece, 1, fn, arg);
}

inline std::int32_t end(as_req* req) {
  Call& c = call_of(req);
  c.check_open("end");
  if (!c.begun || c.complete) return AS_ESTATE;
  if (c.gone) return AS_EGONE;
  c.complete = true;
  return AS_OK;
}

/// True: nothing to give yet; `fn` will be called.
inline bool body_waits(Call& c, bool ready, as_done fn, void* arg) {
  if (ready && !(c.host->chaos != 0 && !std::exchange(c.told_pending, true))) return false;
  c.body_fn = fn;
  c.body_arg = arg;
  if (ready) c.body_event(AS_OK);
  return true;
}

inline std::int32_t body_next(as_req* req, as_str* chunk, as_done fn, void* arg) {
  Call& c = call_of(req);
  c.check_open("body_next");
  c.last_chunk.clear();
  *chunk = {};
  if (c.body_fn) return AS_ESTATE;
  if (c.gone) return AS_EGONE;
  if (body_waits(c, !c.unread.empty() || c.body_ended, fn, arg)) return AS_PENDING;
  c.told_pending = false;
  if (c.unread.empty()) return AS_EOF;
  const std::size_t n = c.host->chaos != 0 ? 1 + c.host->random() % c.unread.size() : c.unread.size();
  c.last_chunk = c.unread.substr(0, n);
  c.unread.erase(0, n);
  *chunk = str(c.last_chunk);
  return AS_OK;
}

inline std::int32_t body_all(as_req* req, std::size_t max, as_str* all, as_done fn, void* arg) {
  Call& c = call_of(req);
  c.check_open("body_all");
  *all = {};
  if (c.body_fn) return AS_ESTATE;
  if (c.unread.size() > max || c.whole.size() > max) return AS_ETOOBIG;
  if (c.gone) return AS_EGONE;
  if (body_waits(c, c.body_ended, fn, arg)) return AS_PENDING;
  c.whole += std::exchange(c.unread, {});
  *all = str(c.whole);
  return AS_OK;
}

inline std::int32_t on_cancel(as_req* req, as_fn fn, void* arg) {
  Call& c = call_of(req);
  c.check_open("on_cancel");
  c.cancel_fn = fn;
  c.cancel_arg = arg;
  return AS_OK;
}

inline std::int32_t fail(as_req* req, as_str why) {
  Call& c = call_of(req);
  c.check_open("fail");
  c.failure = view(why);
  if (c.status == 0) c.status = 500;
  return AS_OK;
}

inline void release(as_req* req) {
  Call& c = call_of(req);
  c.check_open("release");
  c.released = true;
  c.cancel_fn = nullptr;
  if (c.status == 0) c.status = 500;
  --c.host->in_flight;
}

inline std::int32_t start_timer(as_ctx* ctx, as_loop*, std::uint64_t ns, as_done fn, void* arg, as_op** op) {
  Host& h = host_of(ctx);
  auto& t = h.timers.emplace_back(std::make_unique<Timer>(Timer{&h, fn, arg, h.now + ns}));
  if (op) *op = reinterpret_cast<as_op*>(t.get());
  return AS_PENDING;
}

inline void cancel_timer(as_op* op) {
  auto* timer = reinterpret_cast<Timer*>(op);
  timer->due = ~std::uint64_t{0};
  timer->host->later([timer] { timer->host->end_timer(timer, AS_ECANCELED); });
}

inline std::int32_t open_descriptor(as_ctx* ctx, as_loop*, int fd, as_fd** out) {
  Host& h = host_of(ctx);
  const int own = ::dup(fd);
  if (own < 0) return AS_EINVAL;
  *out = reinterpret_cast<as_fd*>(h.descriptors.emplace_back(std::make_unique<Descriptor>(Descriptor{&h, own})).get());
  return AS_OK;
}

inline std::int32_t wait_for_descriptor(as_fd* handle, std::int32_t events, as_done fn, void* arg) {
  auto& d = *reinterpret_cast<Descriptor*>(handle);
  if (events < 1 || events > 3) return AS_EINVAL;
  if (((d.waits[0].events | d.waits[1].events) & events) != 0) return AS_ESTATE;
  (d.waits[0].events == 0 ? d.waits[0] : d.waits[1]) = {events, fn, arg};
  return AS_PENDING;
}

inline void close_descriptor(as_fd* handle) {
  auto* d = reinterpret_cast<Descriptor*>(handle);
  Host& h = *d->host;
  ::close(d->fd);
  for (const Descriptor::Wait& wait : d->waits)
    if (wait.events != 0) h.later([wait] { wait.fn(wait.arg, AS_ECANCELED); });
  std::erase_if(h.descriptors, [&](const auto& p) { return p.get() == d; });
}

inline std::int32_t offload(as_ctx* ctx, as_loop*, as_fn work, as_done done, void* arg) {
  host_of(ctx).later([=] {
    work(arg);
    host_of(ctx).later([=] { done(arg, AS_OK); });
  });
  return AS_PENDING;
}

inline const as_host& table() {
  static const as_host kTable = [] {
    as_host h{};
    h.size = sizeof h;
    h.abi = AS_ABI;
    h.server = "appserve-test";
    h.log = [](as_ctx* ctx, std::int32_t, const char* text, std::size_t n) {
      const std::lock_guard lock(host_of(ctx).mutex);
      host_of(ctx).log.emplace_back(text, n);
    };
    h.log_enabled = [](as_ctx*, std::int32_t) { return 1; };
    h.mem_alloc = [](std::size_t n) { return std::malloc(n); };
    h.mem_free = [](void* p, std::size_t) { std::free(p); };
    h.respond = respond;
    h.begin = begin;
    h.write = write;
    h.end = end;
    h.body_next = body_next;
    h.body_all = body_all;
    h.on_cancel = on_cancel;
    h.set_route = [](as_req* req, const char* pattern) { call_of(req).route = pattern; };
    h.fail = fail;
    h.release = release;
    h.loop_count = [](as_ctx* ctx) { return static_cast<std::uint32_t>(host_of(ctx).loops.size()); };
    h.loop_at = [](as_ctx* ctx, std::uint32_t i) { return reinterpret_cast<as_loop*>(host_of(ctx).loops.at(i).get()); };
    h.post = [](as_ctx* ctx, as_loop*, as_fn fn, void* arg) -> std::int32_t {
      host_of(ctx).later([=] { fn(arg); });
      return AS_OK;
    };
    h.timer = start_timer;
    h.timer_cancel = cancel_timer;
    h.fd_open = open_descriptor;
    h.fd_wait = wait_for_descriptor;
    h.fd_close = close_descriptor;
    h.offload = offload;
    h.extension = [](const char*) -> const void* { return nullptr; };
    h.now_ns = []() -> std::uint64_t {
      return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    };
    h.write_file = write_file;
    return h;
  }();
  return kTable;
}

/// The same as a server of ABI 1.0 has it.
inline const as_host& oldest_table() {
  static const as_host kTable = [] {
    as_host h = table();
    h.size = offsetof(as_host, write_file);
    h.abi = AS_ABI_1_0;
    h.write_file = nullptr;
    return h;
  }();
  return kTable;
}

}  // namespace detail::test
}  // namespace v1
}  // namespace appserve
