// The one seam of the house: an asynchronous function from request to response. Sockets call it, apps implement it,
// middleware wraps it; none of the three knows the others.
#pragma once
#include "service/request.hpp"
#include "service/response_writer.hpp"

namespace appserve::service {

class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;

  /// Answers `request` through `response`, now or later, on the request's loop. Both stay valid until
  /// response.release(), which ends every call exactly once (it may come before call() returns).
  /// Called only on the home loop, at the same time on different loops for different requests. Does not block or throw.
  virtual void call(Request& request, ResponseWriter& response) noexcept = 0;
};

}  // namespace appserve::service
