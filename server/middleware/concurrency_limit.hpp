// A bulkhead around one app: at most n requests in flight; the rest are told to come back (503, Retry-After) before the
// app sees them, so that trying elsewhere is safe.
#pragma once
#include <atomic>
#include <cstddef>

#include "service/service.hpp"

namespace appserve::middleware {

class ConcurrencyLimit : public service::Service {
 public:
  /// `app` outlives the limit; `most` > 0 counts over all loops.
  ConcurrencyLimit(service::Service& app, std::size_t most) : app_(app), most_(most) {}

  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

 private:
  class Ticket;

  service::Service& app_;
  const std::size_t most_;
  std::atomic<std::size_t> in_flight_ = 0;
};

}  // namespace appserve::middleware
