// What a start tells: a few lines on a terminal, one log line per event elsewhere.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "app/plugin_app.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"

namespace appserve {

class Announcer {
 public:
  /// On a terminal lines go to standard error as they are; otherwise to the log. `log` outlives the announcer.
  Announcer(Log& log, bool terminal, bool colour);

  /// workers 0: this process alone.
  void start(unsigned workers, unsigned threads);
  void loaded(const app::PluginApp::Facts& facts, std::string_view prefix, std::chrono::nanoseconds took);
  /// The names of addresses as net::to_string() has them. `admin`: the admin listener's; may be empty.
  void ready(const std::vector<std::string>& names, const std::string& admin);
  void stopped();
  /// Tells lines of progress where they cannot be shown in place. The announcer outlives it.
  Progress::Tell teller();

 private:
  void line(std::string_view label, std::string_view text);

  Log& log_;
  bool terminal_, colour_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// What a person or a proxy types to reach the address: "http://127.0.0.1:8080", "unix:/run/x.sock".
std::string url_of(const std::string& name);

}  // namespace appserve
