// Which app a request is for: the longest url_prefix on whole segments of the normalised path. A Service of services.
#pragma once
#include <string>
#include <vector>

#include "service/service.hpp"

namespace appserve::middleware {

struct Mount {
  std::string prefix;               // "" or "/game": normalised, without a slash at the end
  service::Service* app = nullptr;  // outlives the table
};

class MountTable : public service::Service {
 public:
  /// Prefixes differ from each other.
  explicit MountTable(std::vector<Mount> mounts);

  /// Sets the request's prefix (behind what a proxy has put there) and path to what the app sees. Outside every prefix:
  /// 404, and no app sees it.
  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

 private:
  const Mount* find(std::string_view path) const;

  std::vector<Mount> mounts_;  // longest prefix first
};

}  // namespace appserve::middleware
