// A limit of one app's own for request bodies, below the server's.
#pragma once
#include <cstdint>

#include "service/service.hpp"

namespace appserve::middleware {

class BodyLimit : public service::Service {
 public:
  /// `app` outlives the limit; `most` in bytes of content.
  BodyLimit(service::Service& app, std::uint64_t most) : app_(app), most_(most) {}

  /// 413 for a body that says it is longer; one that turns out longer is cut off with 413, or with the connection when
  /// the app has begun to answer.
  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

 private:
  service::Service& app_;
  const std::uint64_t most_;
};

}  // namespace appserve::middleware
