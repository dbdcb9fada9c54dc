// libhostile.so:app - breaks every rule of abi.h, one deed per path. It speaks the bare ABI: the SDK would not let it.
// Built without sanitizers, as an author would; never shipped.
#include <appserve/abi.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

const as_host* host = nullptr;
as_ctx* ctx = nullptr;

constexpr as_str str(std::string_view s) { return {s.data(), s.size()}; }
constexpr as_buf piece(std::string_view s) { return {s.data(), s.size(), nullptr, nullptr}; }

as_resp response(unsigned status, const as_buf* body = nullptr) {
  as_resp r{};
  r.size = sizeof r;
  r.status = status;
  r.body = body;
  r.body_count = body == nullptr ? 0 : 1;
  r.content_length = -1;
  return r;
}

std::int32_t answer(as_req* req, std::string_view text) {
  const as_buf body = piece(text);
  const as_resp r = response(200, &body);
  host->respond(req, &r);
  return AS_OK;
}

// "respond -7, write -2": what the host said to a misuse.
std::int32_t tell(as_req* req, std::string_view what, std::int32_t said) {
  return answer(req, std::string(what) + " " + std::to_string(said) + "\n");
}

// ---- the order of calls ---------------------------------------------------------------------------------------------

std::int32_t respond_twice(as_req* req) {
  answer(req, "first\n");
  answer(req, "second\n");
  return AS_OK;
}

std::int32_t respond_after_end(as_req* req) {
  as_resp r = response(200);
  host->begin(req, &r);
  const as_buf body = piece("streamed\n");
  host->write(req, &body, 1, nullptr, nullptr);
  host->end(req);
  host->end(req);
  host->write(req, &body, 1, nullptr, nullptr);
  return answer(req, "second\n");
}

std::int32_t write_before_begin(as_req* req) {
  const as_buf body = piece("early\n");
  return tell(req, "write", host->write(req, &body, 1, nullptr, nullptr));
}

std::int32_t nothing(as_req*) { return AS_OK; }
std::int32_t refuse(as_req*) { return AS_EFAIL; }
std::int32_t nonsense(as_req*) { return 4711; }
std::int32_t stream_without_end(as_req* req) {
  as_resp r = response(200);
  host->begin(req, &r);
  return AS_OK;
}
std::int32_t never(as_req*) { return AS_PENDING; }

std::int32_t never_but_listens(as_req* req) {
  host->on_cancel(req, [](void* r) { host->release(static_cast<as_req*>(r)); }, req);
  return AS_PENDING;
}

std::int32_t release_then_use(as_req* req) {
  answer(req, "released\n");
  host->release(req);
  answer(req, "second\n");
  host->release(req);
  host->fail(req, str("late"));
  host->set_route(req, "/late");
  return AS_PENDING;
}

std::int32_t release_and_ok(as_req* req) {
  answer(req, "released\n");
  host->release(req);
  return AS_OK;
}

// Long after its end: from a timer, when the host's record of it rests.
std::int32_t use_when_over(as_req* req) {
  host->timer(
      ctx, req->loop, 20'000'000,
      [](void* over, std::int32_t) {
        auto* late = static_cast<as_req*>(over);
        answer(late, "late\n");
        as_str chunk{};
        host->body_next(late, &chunk, [](void*, std::int32_t) {}, nullptr);
        host->release(late);
      },
      req, nullptr);
  return answer(req, "in time\n");
}

std::int32_t wrong_thread(as_req* req) {
  std::int32_t said = 0;
  std::thread([&] {
    const as_resp r = response(200);
    said = host->respond(req, &r);
    as_op* timer = nullptr;
    host->timer(ctx, req->loop, 1, [](void*, std::int32_t) {}, nullptr, &timer);
    host->release(req);
  }).join();
  return tell(req, "respond", said);
}

std::int32_t cancel_timer_twice(as_req* req) {
  as_op* timer = nullptr;
  host->timer(ctx, req->loop, 1'000'000'000, [](void*, std::int32_t) {}, nullptr, &timer);
  host->timer_cancel(timer);
  host->timer_cancel(timer);
  return answer(req, "cancelled\n");
}

std::int32_t close_twice(as_req* req) {
  as_fd* fd = nullptr;
  int ends[2];
  if (::pipe(ends) != 0) return AS_EFAIL;
  host->fd_open(ctx, req->loop, ends[0], &fd);
  host->fd_close(fd);
  host->fd_close(fd);
  const std::int32_t said = host->fd_wait(fd, 1, [](void*, std::int32_t) {}, nullptr);
  ::close(ends[0]);
  ::close(ends[1]);
  return tell(req, "wait", said);
}

// ---- what is thrown -------------------------------------------------------------------------------------------------

std::int32_t throw_std(as_req*) { throw std::runtime_error("boom"); }
std::int32_t throw_int(as_req*) { throw 42; }
std::int32_t throw_bad_alloc(as_req*) { throw std::bad_alloc(); }

// ---- heads ----------------------------------------------------------------------------------------------------------

std::int32_t with_field(as_req* req, std::string_view name, std::string_view value) {
  const as_field field{str(name), str(value)};
  const as_buf body = piece("body\n");
  as_resp r = response(200, &body);
  r.fields = &field;
  r.field_count = 1;
  return host->respond(req, &r) == AS_OK ? AS_OK : AS_EFAIL;
}
std::int32_t head_cr(as_req* req) { return with_field(req, "x-a", "1\r\nx-evil: 1"); }
std::int32_t head_lf(as_req* req) { return with_field(req, "x-a", "1\nx-evil: 1"); }
std::int32_t head_nul(as_req* req) { return with_field(req, "x-a", std::string_view("1\0002", 3)); }
std::int32_t head_name(as_req* req) { return with_field(req, "x a:", "1"); }
std::int32_t head_empty(as_req* req) { return with_field(req, "", "1"); }
std::int32_t head_length(as_req* req) { return with_field(req, "content-length", "4711"); }
std::int32_t head_te(as_req* req) { return with_field(req, "transfer-encoding", "chunked"); }
std::int32_t head_type(as_req* req) {
  as_resp r = response(200);
  r.content_type = str("text/plain\r\nx-evil: 1");
  return host->respond(req, &r) == AS_OK ? AS_OK : AS_EFAIL;
}

template <unsigned kStatus>
std::int32_t status(as_req* req) {
  const as_resp r = response(kStatus);
  return host->respond(req, &r) == AS_OK ? AS_OK : AS_EFAIL;
}
std::int32_t body_with_204(as_req* req) {
  const as_buf body = piece("not allowed\n");
  const as_resp r = response(204, &body);
  return host->respond(req, &r) == AS_OK ? AS_OK : AS_EFAIL;
}

// ---- lengths and sizes ----------------------------------------------------------------------------------------------

std::int32_t stream_of(as_req* req, std::int64_t promised, std::string_view content) {
  as_resp r = response(200);
  r.content_length = promised;
  host->begin(req, &r);
  const as_buf body = piece(content);
  host->write(req, &body, 1, nullptr, nullptr);
  host->end(req);
  return AS_OK;
}
std::int32_t too_long(as_req* req) { return stream_of(req, 5, "0123456789"); }
std::int32_t too_short(as_req* req) { return stream_of(req, 50, "0123456789"); }
std::int32_t negative_length(as_req* req) { return stream_of(req, LLONG_MIN, "0123456789"); }

std::int32_t struct_sizes(as_req* req) {
  const as_buf body = piece("x\n");
  std::int32_t worst = AS_EINVAL;
  for (const std::uint32_t size : {0U, 1U, 4U, std::uint32_t{sizeof(as_resp)} - 1}) {
    as_resp r = response(200, &body);
    r.size = size;
    worst = std::max({worst, host->respond(req, &r), host->begin(req, &r)});
  }
  return tell(req, "respond", worst);
}

std::int32_t huge_sizes(as_req* req) {
  const as_buf body = piece("x\n"), endless{"x", SIZE_MAX, nullptr, nullptr};
  const std::array<as_buf, 2> overflow{endless, endless};
  std::int32_t worst = AS_EINVAL;
  as_resp r = response(200, &body);
  r.body_count = UINT_MAX;
  worst = std::max(worst, host->respond(req, &r));
  r = response(200, &body);
  r.field_count = SIZE_MAX;
  worst = std::max({worst, host->respond(req, &r), host->begin(req, &r)});
  r = response(200, overflow.data());
  r.body_count = 2;
  worst = std::max(worst, host->respond(req, &r));
  if (host->mem_alloc(SIZE_MAX) != nullptr || host->mem_alloc(SIZE_MAX - 64) != nullptr) worst = AS_OK;
  return tell(req, "worst", worst);
}

std::int32_t nulls(as_req* req) {
  as_str text{};
  as_fd* fd = nullptr;
  const as_done done = [](void*, std::int32_t) {};
  std::int32_t worst = INT_MIN;
  const auto say = [&](std::int32_t said) { worst = std::max(worst, said); };
  host->log(nullptr, AS_ERROR, nullptr, 10);
  host->log(ctx, 99, nullptr, 10);
  say(host->log_enabled(nullptr, AS_ERROR) - 1);
  host->mem_free(nullptr, 0);
  say(host->respond(nullptr, nullptr));
  say(host->respond(req, nullptr));
  say(host->begin(nullptr, nullptr));
  say(host->begin(req, nullptr));
  say(host->write(nullptr, nullptr, 3, nullptr, nullptr));
  say(host->write(req, nullptr, 3, nullptr, nullptr));
  say(host->end(nullptr));
  say(host->body_next(nullptr, nullptr, nullptr, nullptr));
  say(host->body_next(req, nullptr, done, nullptr));
  say(host->body_all(nullptr, 1, nullptr, nullptr, nullptr));
  say(host->body_all(req, 1, nullptr, done, nullptr));
  say(host->on_cancel(nullptr, nullptr, nullptr));
  host->set_route(nullptr, nullptr);
  host->set_route(req, nullptr);
  say(host->fail(nullptr, text));
  host->release(nullptr);
  say(static_cast<std::int32_t>(host->loop_count(nullptr)) - 1);
  say(host->loop_at(nullptr, 0) == nullptr && host->loop_at(ctx, UINT_MAX) == nullptr ? -1 : 1);
  say(host->post(nullptr, nullptr, nullptr, nullptr));
  say(host->post(ctx, nullptr, nullptr, nullptr));
  say(host->post(ctx, req->loop, nullptr, nullptr));
  say(host->timer(nullptr, nullptr, 0, nullptr, nullptr, nullptr));
  say(host->timer(ctx, req->loop, 0, nullptr, nullptr, nullptr));
  host->timer_cancel(nullptr);
  say(host->fd_open(nullptr, nullptr, -1, nullptr));
  say(host->fd_open(ctx, req->loop, -1, &fd));
  say(host->fd_open(ctx, req->loop, 0, nullptr));
  say(host->fd_wait(nullptr, 1, done, nullptr));
  host->fd_close(nullptr);
  say(host->offload(nullptr, nullptr, nullptr, nullptr, nullptr));
  say(host->offload(ctx, req->loop, nullptr, nullptr, nullptr));
  say(host->extension(nullptr) == nullptr ? -1 : 1);
  return tell(req, "worst", worst);
}

// ---- time -----------------------------------------------------------------------------------------------------------

[[gnu::noinline]] void hold_the_loop(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }
std::int32_t block(as_req* req) {
  host->set_route(req, "/block");
  hold_the_loop(std::chrono::milliseconds(400));
  return answer(req, "blocked\n");
}
[[gnu::noinline]] std::int32_t spin(as_req* req) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (std::chrono::steady_clock::now() < until) {
  }
  return answer(req, "spun\n");
}
[[gnu::noinline]] std::int32_t deadlock(as_req*) {
  static std::mutex held;
  held.lock();
  held.lock();
  return AS_OK;
}

// ---- the process ----------------------------------------------------------------------------------------------------

std::int32_t close_descriptors(as_req* req) {
  for (int fd = 3; fd < 256; ++fd) ::close(fd);
  return answer(req, "closed\n");
}
std::int32_t hoard_descriptors(as_req* req) {
  rlimit most{};
  ::getrlimit(RLIMIT_NOFILE, &most);
  for (rlim_t n = 0; n < most.rlim_cur / 10 * 9; ++n) (void)::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return answer(req, "kept\n");
}
std::int32_t hoard_memory(as_req* req) {
  constexpr std::size_t kHoard = std::size_t{300} << 20;
  static std::vector<char> kept;
  kept.assign(kHoard, 'x');
  return answer(req, "kept\n");
}
std::int32_t chatter(as_req* req) {
  for (int i = 0; i < 200; ++i) std::fprintf(i % 2 == 0 ? stdout : stderr, "noise \x1b[31m %d\n", i);
  std::fflush(stdout);
  return answer(req, "said\n");
}
std::int32_t take_signals(as_req* req) {
  std::signal(SIGSEGV, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  return answer(req, "taken\n");
}

// ---- deaths ---------------------------------------------------------------------------------------------------------

volatile int* const nowhere = reinterpret_cast<volatile int*>(0x18);
[[gnu::noinline]] std::int32_t crash_segv(as_req*) { return *nowhere; }
[[gnu::noinline]] std::int32_t crash_write(as_req*) {
  *nowhere = 1;
  return AS_OK;
}
[[gnu::noinline]] std::int32_t crash_call(as_req*) {
  void (*volatile missing)() = nullptr;
  missing();
  return AS_OK;
}
[[gnu::noinline]] std::int32_t crash_bus(as_req*) {
  ::raise(SIGBUS);
  return AS_OK;
}
[[gnu::noinline]] std::int32_t crash_ill(as_req*) { __builtin_trap(); }
[[gnu::noinline]] std::int32_t crash_fpe(as_req*) {
  volatile int seven = 7, zero = 0;
  return seven / zero;
}
[[gnu::noinline]] std::int32_t crash_abort(as_req*) { std::abort(); }
void fail(const char* why) { throw std::logic_error(why); }
[[gnu::noinline]] std::int32_t crash_terminate(as_req*) noexcept {
  fail("no way out");
  return AS_OK;
}
[[gnu::noinline]] std::int32_t crash_thread(as_req* req) {
  std::thread([] { fail("in a thread of my own"); }).detach();
  (void)req;
  return AS_PENDING;
}
// NOLINTNEXTLINE: that is the deed
[[gnu::noinline]] int recurse(volatile char* above, int depth) {
  volatile char frame[512];
  frame[0] = *above;
  return depth == INT_MAX ? frame[0] : recurse(frame, depth + 1) + frame[1];
}
[[gnu::noinline]] std::int32_t crash_overflow(as_req*) {
  volatile char start = 0;
  return recurse(&start, 0);
}
[[gnu::noinline]] std::int32_t crash_timer(as_req* req) {
  host->timer(ctx, req->loop, 1, [](void*, std::int32_t) { *nowhere = 1; }, nullptr, nullptr);
  return AS_PENDING;
}
[[gnu::noinline]] std::int32_t crash_posted(as_req* req) {
  host->post(ctx, req->loop, [](void*) { *nowhere = 1; }, nullptr);
  return AS_PENDING;
}
[[gnu::noinline]] std::int32_t crash_offload(as_req* req) {
  host->offload(ctx, req->loop, [](void*) { *nowhere = 1; }, nullptr, nullptr);
  return AS_PENDING;
}
[[gnu::noinline]] std::int32_t crash_exit(as_req*) { std::exit(3); }
[[gnu::noinline]] std::int32_t crash_exit_thread(as_req*) {
  std::thread([] { std::exit(3); }).detach();
  return AS_PENDING;
}

struct Deed {
  std::string_view path;
  std::int32_t (*act)(as_req*);
};
constexpr Deed kDeeds[] = {
    {"/respond-twice", respond_twice},
    {"/respond-after-end", respond_after_end},
    {"/write-before-begin", write_before_begin},
    {"/nothing", nothing},
    {"/refuse", refuse},
    {"/nonsense", nonsense},
    {"/stream-without-end", stream_without_end},
    {"/never", never},
    {"/never-but-listens", never_but_listens},
    {"/release-then-use", release_then_use},
    {"/release-and-ok", release_and_ok},
    {"/use-when-over", use_when_over},
    {"/wrong-thread", wrong_thread},
    {"/cancel-timer-twice", cancel_timer_twice},
    {"/close-twice", close_twice},
    {"/throw-std", throw_std},
    {"/throw-int", throw_int},
    {"/throw-bad-alloc", throw_bad_alloc},
    {"/head-cr", head_cr},
    {"/head-lf", head_lf},
    {"/head-nul", head_nul},
    {"/head-name", head_name},
    {"/head-empty", head_empty},
    {"/head-length", head_length},
    {"/head-te", head_te},
    {"/head-type", head_type},
    {"/status-0", status<0>},
    {"/status-99", status<99>},
    {"/status-100", status<100>},
    {"/status-600", status<600>},
    {"/status-huge", status<4'000'000'000>},
    {"/body-with-204", body_with_204},
    {"/too-long", too_long},
    {"/too-short", too_short},
    {"/negative-length", negative_length},
    {"/struct-sizes", struct_sizes},
    {"/huge-sizes", huge_sizes},
    {"/nulls", nulls},
    {"/block", block},
    {"/spin", spin},
    {"/deadlock", deadlock},
    {"/close-descriptors", close_descriptors},
    {"/hoard-descriptors", hoard_descriptors},
    {"/hoard-memory", hoard_memory},
    {"/chatter", chatter},
    {"/take-signals", take_signals},
    {"/crash-segv", crash_segv},
    {"/crash-write", crash_write},
    {"/crash-call", crash_call},
    {"/crash-bus", crash_bus},
    {"/crash-ill", crash_ill},
    {"/crash-fpe", crash_fpe},
    {"/crash-abort", crash_abort},
    {"/crash-terminate", crash_terminate},
    {"/crash-thread", crash_thread},
    {"/crash-overflow", crash_overflow},
    {"/crash-timer", crash_timer},
    {"/crash-posted", crash_posted},
    {"/crash-offload", crash_offload},
    {"/crash-exit", crash_exit},
    {"/crash-exit-thread", crash_exit_thread},
};

std::int32_t create(const as_app*, const as_host* h, as_ctx* c, const as_config*, void** self, as_error*) {
  host = h;
  ctx = c;
  *self = nullptr;
  return AS_OK;
}

std::int32_t handle(void*, as_req* req) {
  const std::string_view path(req->path.ptr, req->path.len);
  for (const Deed& deed : kDeeds)
    if (path == deed.path) return deed.act(req);
  return answer(req, "well\n");
}

}  // namespace

extern "C" {
AS_EXPORT extern const as_app app;
const as_app app = {AS_APP_HEAD, "hostile", "1.0",   "tests", create,  handle, nullptr,
                    nullptr,     nullptr,   nullptr, nullptr, nullptr, nullptr};
}
AS_DECLARE_NOTE(2)
