// Stands before the apps in development: pages know when to load themselves anew, a broken build and a failed handler
// are shown where the developer looks. Never there in production.
#pragma once
#include <string>
#include <utility>

#include "base/log.hpp"
#include "service/service.hpp"

namespace appserve::dev {

class Front final : public service::Service {
 public:
  /// `apps` and `log` outlive it; `folder` is where the state is.
  Front(service::Service& apps, std::string folder, const Log& log)
      : apps_(apps), folder_(std::move(folder)), log_(log) {}

  /// While the build is broken, browsers that ask for a page get what the compiler said; everything else goes to the
  /// app that was built last.
  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

 private:
  service::Service& apps_;
  const std::string folder_;
  const Log& log_;
};

}  // namespace appserve::dev
