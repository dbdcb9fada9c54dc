// The fields every response carries, rendered once a second: "Server: …\r\nDate: …\r\n".
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace appserve::net {

class CommonFields {
 public:
  /// `ident` empty: no Server field.
  explicit CommonFields(std::string_view ident);

  /// Valid until the next call.
  std::string_view at(Time now) {
    if (now >= stale_) render(now);
    return text_;
  }

 private:
  void render(Time now);

  std::string server_;
  std::string text_;
  Time stale_{};
};

}  // namespace appserve::net
