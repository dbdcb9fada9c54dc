// What plugins do on the loops beside requests: posted work, timers, watched descriptors, blocking work.
#pragma once
#include <appserve/abi.h>

#include <cstdint>

#include "loop/event_loop.hpp"

namespace appserve::app::loop_services {

/// The loop part of as_host; see abi.h.
std::uint32_t loop_count(as_ctx* ctx) noexcept;
as_loop* loop_at(as_ctx* ctx, std::uint32_t index) noexcept;
std::int32_t post(as_ctx* ctx, as_loop* loop, as_fn fn, void* arg) noexcept;
std::int32_t timer(as_ctx* ctx, as_loop* loop, std::uint64_t ns, as_done fn, void* arg, as_op** out) noexcept;
void timer_cancel(as_op* op) noexcept;
std::int32_t fd_open(as_ctx* ctx, as_loop* loop, int fd, as_fd** out) noexcept;
std::int32_t fd_wait(as_fd* fd, std::int32_t events, as_done fn, void* arg) noexcept;
void fd_close(as_fd* fd) noexcept;
std::int32_t offload(as_ctx* ctx, as_loop* loop, as_fn work, as_done done, void* arg) noexcept;
std::uint64_t now_ns() noexcept;

/// [home], or [ctl] when the loop does not run: takes no more blocking work for this loop, waits for what runs and
/// calls its done functions with `status` before this returns.
void finish_jobs(as_ctx& ctx, const loop::EventLoop& loop, std::int32_t status) noexcept;
/// [home] Ends the timers and waits that the instance has left on this loop after its loop_stop(): every pending
/// function is called with AS_ECANCELED before this returns.
void cancel_all(as_ctx& ctx, const loop::EventLoop& loop) noexcept;

}  // namespace appserve::app::loop_services
