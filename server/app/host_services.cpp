#include "app/host_services.hpp"

#include <algorithm>
#include <exception>
#include <string>

#include "app/abi_bridge.hpp"
#include "app/instance.hpp"
#include "app/loop_services.hpp"
#include "app/recycler.hpp"

namespace appserve::app {
namespace {

static_assert(AS_TRACE == static_cast<int>(Log::Level::trace) && AS_ERROR == static_cast<int>(Log::Level::error));

Log::Level to_level(std::int32_t level) {
  return static_cast<Log::Level>(std::clamp(level, std::int32_t{AS_TRACE}, std::int32_t{AS_ERROR}));
}

std::int32_t log_enabled(as_ctx* ctx, std::int32_t level) noexcept {
  return ctx != nullptr && ctx->log != nullptr && ctx->log->enabled(to_level(level)) ? 1 : 0;
}

void log(as_ctx* ctx, std::int32_t level, const char* text, std::size_t len) noexcept try {
  if (log_enabled(ctx, level) != 0 && text != nullptr)
    ctx->log->write(to_level(level), ctx->label + ": " + std::string(text, len));
} catch (const std::exception&) {
  // a line that finds no memory is lost
}

const void* extension(const char*) noexcept { return nullptr; }

constexpr as_host kHost{
    .size = sizeof(as_host),
    .abi = AS_ABI,
    .server = "appserve/" APPSERVE_VERSION,
    .log = log,
    .log_enabled = log_enabled,
    .mem_alloc = recycled_alloc,
    .mem_free = recycled_free,
    .respond = bridge::respond,
    .begin = bridge::begin,
    .write = bridge::write,
    .end = bridge::end,
    .body_next = bridge::body_next,
    .body_all = bridge::body_all,
    .on_cancel = bridge::on_cancel,
    .set_route = bridge::set_route,
    .fail = bridge::fail,
    .release = bridge::release,
    .loop_count = loop_services::loop_count,
    .loop_at = loop_services::loop_at,
    .post = loop_services::post,
    .timer = loop_services::timer,
    .timer_cancel = loop_services::timer_cancel,
    .fd_open = loop_services::fd_open,
    .fd_wait = loop_services::fd_wait,
    .fd_close = loop_services::fd_close,
    .offload = loop_services::offload,
    .extension = extension,
    .now_ns = loop_services::now_ns,
    .write_file = bridge::write_file,
};

}  // namespace

const as_host& host_table() noexcept { return kHost; }

std::string_view server_version() noexcept { return APPSERVE_VERSION; }

}  // namespace appserve::app
