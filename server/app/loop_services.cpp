#include "app/loop_services.hpp"

#include <fcntl.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "app/instance.hpp"
#include "app/loop_handles.hpp"

namespace appserve::app::loop_services {
namespace {

using trace::Doing;
using trace::Remembered;
using trace::Waiting;

// The loop, when it is one of ours and this is its thread.
loop::EventLoop* home_loop(as_ctx* ctx, as_loop* loop, const char* function) {
  loop::EventLoop* found = ctx == nullptr ? nullptr : ctx->find(loop);
  if (found != nullptr && found->is_home()) return found;
  if (ctx != nullptr) ctx->misuse(function, "is for the thread of that loop only (abi.h 3)");
  return nullptr;
}

std::chrono::nanoseconds bounded(std::uint64_t ns) {
  constexpr std::uint64_t kFar = 10ULL * 365 * 24 * 3600 * 1'000'000'000;  // ten years: adding it to now is safe
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(ns, kFar)));
}

void finish(as_op& op, std::int32_t status) noexcept {
  const as_done fn = std::exchange(op.fn, nullptr);
  void* const arg = op.arg;
  ++op.round;
  trace::RequestWords* const request = op.request.end(Waiting::timer);
  as_ctx& ctx = *op.ctx;
  ctx.share(*op.home).timers.put(op);
  const auto in_app = ctx.enter(Doing::timer, request);
  fn(arg, status);
}

LoopShare::Jobs& jobs_of(const Job& job) { return job.ctx->share(*job.home).jobs; }

void run_job(void* memory) noexcept {
  Job& job = *static_cast<Job*>(memory);
  {
    const auto in_app = job.ctx->enter(Doing::blocking_work, job.request.now());
    job.work(job.arg);
  }
  LoopShare::Jobs& jobs = jobs_of(job);
  const std::lock_guard lock(jobs.mutex);
  job.returned = true;
  jobs.one_returned.notify_all();
}

// On the loop, unless finish_jobs() was faster.
void end_job(void* memory) noexcept {
  Job& job = *static_cast<Job*>(memory);
  LoopShare::Jobs& jobs = jobs_of(job);
  std::unique_lock lock(jobs.mutex);
  const bool open = std::exchange(job.open, false);
  const as_done done = job.done;
  void* const arg = job.arg;
  const as_ctx& ctx = *job.ctx;
  trace::RequestWords* const request = job.request.end(Waiting::blocking_work);
  jobs.pool.put(job);
  lock.unlock();
  if (!open || done == nullptr) return;
  const auto in_app = ctx.enter(Doing::work_done, request);
  done(arg, AS_OK);
}

}  // namespace

std::uint32_t loop_count(as_ctx* ctx) noexcept {
  return ctx == nullptr ? 0 : static_cast<std::uint32_t>(ctx->loops.size());
}

as_loop* loop_at(as_ctx* ctx, std::uint32_t index) noexcept {
  return index < loop_count(ctx) ? as_ctx::handle_of(ctx->loops[index]) : nullptr;
}

std::int32_t post(as_ctx* ctx, as_loop* loop, as_fn fn, void* arg) noexcept try {
  loop::EventLoop* target = ctx == nullptr ? nullptr : ctx->find(loop);
  if (target == nullptr || fn == nullptr) return AS_EINVAL;
  asio::post(target->context(), [ctx, target, fn, arg, request = Remembered(Waiting::posted)] {
    const loop::EventLoop::Turn turn(*target);
    const auto in_app = ctx->enter(Doing::posted, request.end(Waiting::posted));
    fn(arg);
  });
  return AS_OK;
} catch (const std::bad_alloc&) {
  return AS_ENOMEM;
}

std::int32_t timer(as_ctx* ctx, as_loop* loop, std::uint64_t ns, as_done fn, void* arg, as_op** out) noexcept try {
  loop::EventLoop* home = home_loop(ctx, loop, "timer");
  if (home == nullptr) return AS_ESTATE;
  if (fn == nullptr) return AS_EINVAL;
  as_op& op = ctx->share(*home).timers.take([&] { return std::make_unique<as_op>(*ctx, *home); });
  op.fn = fn;
  op.arg = arg;
  op.request = Remembered(Waiting::timer);
  op.timer.expires_after(bounded(ns));
  op.timer.async_wait([&op, round = op.round](const asio::error_code& error) {
    if (op.round != round) return;
    const loop::EventLoop::Turn turn(*op.home);
    finish(op, error ? AS_ECANCELED : AS_OK);
  });
  if (out != nullptr) *out = &op;
  return AS_PENDING;
} catch (const std::bad_alloc&) {
  return AS_ENOMEM;
}

void timer_cancel(as_op* op) noexcept {
  if (op == nullptr) return;
  if (!op->home->is_home() || op->fn == nullptr) {
    op->ctx->misuse("timer_cancel", op->fn == nullptr ? "the timer has called back: its handle is over"
                                                      : "is for the thread of that loop only (abi.h 3)");
    return;
  }
  op->timer.cancel();
}

std::int32_t fd_open(as_ctx* ctx, as_loop* loop, int fd, as_fd** out) noexcept try {
  loop::EventLoop* home = home_loop(ctx, loop, "fd_open");
  if (home == nullptr) return AS_ESTATE;
  if (out == nullptr) return AS_EINVAL;
  UniqueFd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!own) return errno == EBADF ? AS_EINVAL : AS_ENOMEM;
  as_fd& handle = ctx->share(*home).descriptors.take([&] { return std::make_unique<as_fd>(*ctx, *home); });
  handle.fd = std::move(own);
  handle.open = true;
  *out = &handle;
  return AS_OK;
} catch (const std::bad_alloc&) {
  return AS_ENOMEM;
}

std::int32_t fd_wait(as_fd* fd, std::int32_t events, as_done fn, void* arg) noexcept {
  if (fd == nullptr || fn == nullptr || events < 1 || events > 3) return AS_EINVAL;
  if (!fd->home->is_home()) return fd->ctx->misuse("fd_wait", "is for the thread of that loop only (abi.h 3)");
  if (!fd->open) return fd->ctx->misuse("fd_wait", "after fd_close()");
  as_fd::Wait* free = nullptr;
  for (as_fd::Wait& wait : fd->waits) {
    if (wait.fn == nullptr)
      free = &wait;
    else if ((wait.events & events) != 0)
      return fd->ctx->misuse("fd_wait", "one wait at a time for each of read and write");
  }
  *free = {events, fn, arg, Remembered(Waiting::descriptor)};
  if (fd->rearm()) return AS_PENDING;
  free->request.end(Waiting::descriptor);
  *free = {};
  return AS_EINVAL;  // a regular file, mostly: it is always ready
}

void fd_close(as_fd* fd) noexcept {
  if (fd == nullptr) return;
  if (!fd->home->is_home() || !fd->open) {
    fd->ctx->misuse("fd_close", fd->open ? "is for the thread of that loop only (abi.h 3)" : "twice");
    return;
  }
  fd->open = false;
  fd->unwatch();
  fd->fd.reset();
  fd->home->post(
      [](void* closed) {
        as_fd& handle = *static_cast<as_fd*>(closed);
        const auto waits = std::exchange(handle.waits, {});
        handle.ctx->share(*handle.home).descriptors.put(handle);
        for (const as_fd::Wait& wait : waits) handle.tell(wait, AS_ECANCELED);
      },
      fd);
}

std::int32_t offload(as_ctx* ctx, as_loop* loop, as_fn work, as_done done, void* arg) noexcept try {
  loop::EventLoop* home = ctx == nullptr ? nullptr : ctx->find(loop);
  if (home == nullptr || work == nullptr) return AS_EINVAL;
  if (ctx->pool == nullptr) return AS_ENOSYS;
  LoopShare::Jobs& jobs = ctx->share(*home).jobs;
  std::unique_lock lock(jobs.mutex);
  if (jobs.closed) return AS_ECANCELED;
  Job& job = jobs.pool.take();
  job = {ctx, home, work, done, arg, Remembered(Waiting::blocking_work)};
  ctx->pool->submit(*home, run_job, end_job, &job);
  job.open = true;
  return AS_PENDING;
} catch (const std::bad_alloc&) {
  return AS_ENOMEM;
}

void finish_jobs(as_ctx& ctx, const loop::EventLoop& loop, std::int32_t status) noexcept {
  LoopShare::Jobs& jobs = ctx.share(loop).jobs;
  std::unique_lock lock(jobs.mutex);
  jobs.closed = true;
  for (const auto& job : jobs.pool.all()) {
    if (!job->open) continue;
    jobs.one_returned.wait(lock, [&] { return job->returned; });
    job->open = false;  // end_job() puts it back, should the loop still get there
    lock.unlock();
    if (job->done != nullptr) {
      const auto in_app = ctx.enter(Doing::work_done);
      job->done(job->arg, status);
    }
    lock.lock();
  }
}

std::uint64_t now_ns() noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count());
}

void cancel_all(as_ctx& ctx, const loop::EventLoop& loop) noexcept {
  LoopShare& share = ctx.share(loop);
  for (std::size_t i = 0; i < share.timers.all().size(); ++i) {
    as_op& op = *share.timers.all()[i];
    if (op.fn == nullptr) continue;
    op.timer.cancel();
    finish(op, AS_ECANCELED);
  }
  for (std::size_t i = 0; i < share.descriptors.all().size(); ++i) {
    as_fd& fd = *share.descriptors.all()[i];
    fd.unwatch();
    fd.fd.reset();
    fd.open = false;
    for (as_fd::Wait& wait : fd.waits) fd.tell(std::exchange(wait, {}), AS_ECANCELED);
  }
}

}  // namespace appserve::app::loop_services

void as_fd::on_events(std::uint32_t ready) {
  const bool broken = (ready & (EPOLLERR | EPOLLHUP)) != 0;
  const std::int32_t now = ((ready & EPOLLIN) != 0 || broken ? 1 : 0) | ((ready & EPOLLOUT) != 0 || broken ? 2 : 0);
  bool told = false;
  for (Wait& wait : waits) {
    if (!open || wait.fn == nullptr || (wait.events & now) == 0) continue;
    const Wait ended = std::exchange(wait, {});
    told = true;
    tell(ended, AS_OK);
  }
  if (!told && open) {  // armed for a wait that is over: not again before somebody waits
    unwatch();
    rearm();
  }
}

void as_fd::tell(const Wait& ended, std::int32_t status) {
  if (ended.fn == nullptr) return;
  const auto in_app =
      ctx->enter(appserve::trace::Doing::descriptor, ended.request.end(appserve::trace::Waiting::descriptor));
  ended.fn(ended.arg, status);
}

bool as_fd::rearm() {
  std::int32_t wanted = 0;
  for (const Wait& wait : waits) wanted |= wait.fn != nullptr ? wait.events : 0;
  if (wanted == 0 || (watched && (armed & wanted) == wanted)) return true;
  const std::uint32_t events = ((wanted & 1) != 0 ? EPOLLIN : 0U) | ((wanted & 2) != 0 ? EPOLLOUT : 0U);
  try {
    if (watched)
      home->poller().modify(token, fd.get(), events);
    else
      token = home->poller().add(fd.get(), events, *this);
  } catch (const std::exception&) {
    return false;
  }
  watched = true;
  armed = wanted;
  return true;
}

void as_fd::unwatch() {
  if (watched) home->poller().remove(token, fd.get());
  watched = false;
  armed = 0;
}
