// Stands in for an app that is not loaded: every request is told to come back (503, Retry-After).
#pragma once
#include <string>

#include "service/service.hpp"

namespace appserve::middleware {

class ClosedMount : public service::Service {
 public:
  /// `retry_after` in seconds.
  explicit ClosedMount(unsigned retry_after) : retry_after_(std::to_string(retry_after)) {}

  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

 private:
  const std::string retry_after_;
};

}  // namespace appserve::middleware
