#include "middleware/closed_mount.hpp"

#include <array>

namespace appserve::middleware {

void ClosedMount::call(service::Request&, service::ResponseWriter& response) noexcept {
  const std::array fields{http::Field{"retry-after", retry_after_}};
  const service::Piece body{.data = "Service Unavailable\n\nthe app is not available at the moment\n"};
  response.respond({.status = 503, .content_type = "text/plain; charset=utf-8", .fields = fields}, {&body, 1});
  response.release();
}

}  // namespace appserve::middleware
