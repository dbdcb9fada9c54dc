// What the server tells the service manager that started it, by the protocol of sd_notify(3): datagrams to a socket
// named in the environment. Without one, nothing is told and nothing fails.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace appserve {

class ServiceManager {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment, so that workers and
  /// apps do not speak for the server. [main, before threads]
  static ServiceManager from_environment();
  ServiceManager() = default;

  /// For a program that runs in this process's place: it finds the manager as this one did.
  void hand_on() const;
  /// It could not run.
  void keep() const;

  /// Somebody listens.
  bool present() const { return static_cast<bool>(socket_); }
  /// Half of the manager's patience to hear alive(). None: it does not watch.
  std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  void ready();      // clients are accepted, also after reloading()
  void reloading();  // a new configuration is on trial; ready() follows, whatever came of it
  void stopping();
  void alive();
  /// One line for `systemctl status`.
  void status(std::string_view text);

 private:
  void tell(const std::string& state);

  UniqueFd socket_;
  std::string address_;
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace appserve
