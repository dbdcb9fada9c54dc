// The fields every response carries, rendered once a second: "Server: …\r\nDate: …\r\n".
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/common_fields.hpp"

namespace appserve::net {

class DatedFields {
 public:
  /// `ident` empty: no Server field.
  explicit DatedFields(std::string_view ident);

  /// Valid until the next call.
  const http::CommonFields& at(Time now) {
    if (now >= stale_) render(now);
    return fields_;
  }

 private:
  void render(Time now);

  std::string server_;
  http::CommonFields fields_;
  Time stale_{};
};

}  // namespace appserve::net
