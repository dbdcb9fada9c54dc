#include "net/dated_fields.hpp"

#include "http/date.hpp"

namespace appserve::net {

DatedFields::DatedFields(std::string_view ident) {
  if (!ident.empty()) server_ = "Server: " + std::string(ident) + "\r\n";
}

void DatedFields::render(Time now) {
  const auto wall = std::chrono::system_clock::now();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  fields_ = http::CommonFields(server_ + "Date: " + http::format_date(second) + "\r\n");
  stale_ = now + std::chrono::duration_cast<Duration>(second + std::chrono::seconds(1) - wall);
}

}  // namespace appserve::net
