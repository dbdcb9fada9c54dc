#include "middleware/body_limit.hpp"

namespace appserve::middleware {

void BodyLimit::call(service::Request& request, service::ResponseWriter& response) noexcept {
  if (request.reader->limit(most_)) return app_.call(request, response);
  const service::Piece body{.data = "Content Too Large\n\nthe body is longer than this app accepts\n"};
  response.respond({.status = 413, .close = true, .content_type = "text/plain; charset=utf-8"}, {&body, 1});
  response.release();
}

}  // namespace appserve::middleware
