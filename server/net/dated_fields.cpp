#include "net/common_fields.hpp"

#include "http/date.hpp"

namespace appserve::net {

CommonFields::CommonFields(std::string_view ident) {
  if (!ident.empty()) server_ = "Server: " + std::string(ident) + "\r\n";
}

void CommonFields::render(Time now) {
  const auto wall = std::chrono::system_clock::now();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  text_ = server_ + "Date: " + http::format_date(second) + "\r\n";
  stale_ = now + std::chrono::duration_cast<Duration>(second + std::chrono::seconds(1) - wall);
}

}  // namespace appserve::net
