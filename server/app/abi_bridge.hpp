// A call of the seam becomes a call of the plugin, and what the plugin says about its request becomes calls of the
// response writer. Every misuse of the ABI ends here, with AS_ESTATE.
#pragma once
#include <appserve/abi.h>

#include <cstddef>
#include <cstdint>

#include "service/request.hpp"
#include "service/response_writer.hpp"

namespace appserve::app {

/// [home] Runs the plugin's handle() for one request.
void handle_request(as_ctx& ctx, service::Request& request, service::ResponseWriter& response) noexcept;

/// The request part of as_host; see abi.h.
namespace bridge {
std::int32_t respond(as_req* req, const as_resp* resp) noexcept;
std::int32_t begin(as_req* req, const as_resp* resp) noexcept;
std::int32_t write(as_req* req, const as_buf* body, std::uint32_t count, as_done done, void* arg) noexcept;
std::int32_t write_file(as_req* req, int fd, std::uint64_t offset, std::uint64_t length, as_done done,
                        void* arg) noexcept;
std::int32_t end(as_req* req) noexcept;
std::int32_t body_next(as_req* req, as_str* chunk, as_done done, void* arg) noexcept;
std::int32_t body_all(as_req* req, std::size_t max, as_str* all, as_done done, void* arg) noexcept;
std::int32_t on_cancel(as_req* req, as_fn fn, void* arg) noexcept;
void set_route(as_req* req, const char* pattern) noexcept;
std::int32_t fail(as_req* req, as_str why) noexcept;
void release(as_req* req) noexcept;
}  // namespace bridge

}  // namespace appserve::app
