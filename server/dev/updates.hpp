// Server-sent events that tell a browser's page, in development, when there is something else to see.
#pragma once
#include <string>

#include "service/service.hpp"

namespace appserve::dev {

class Updates {
 public:
  /// Answers with a stream: first the number of the state in `folder`, then each new one; it ends with the server.
  static void start(const std::string& folder, service::Request& request, service::ResponseWriter& response);
};

}  // namespace appserve::dev
