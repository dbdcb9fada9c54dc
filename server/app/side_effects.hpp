// What a library changed in the process while it was loaded and created: signals, mask, umask, folder, locale,
// descriptors, children. Measured before and after; nothing is undone.
#pragma once
#include <sys/types.h>

#include <array>
#include <csignal>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace appserve::app {

class SideEffects {
 public:
  /// [ctl] As it is now.
  SideEffects();

  /// [ctl] What is different by now. E2008 for signals that belong to the server, W2008 and W2009 for the rest;
  /// `library` is who is named.
  std::vector<Error> since_then(const std::string& library) const;

 private:
  using Identity = std::pair<dev_t, ino_t>;
  static std::map<int, Identity> open_descriptors();

  std::array<const void*, 65> handlers_{};  // by signal
  sigset_t mask_{};
  mode_t umask_;
  std::string folder_, locale_;
  std::map<int, Identity> descriptors_;
  bool children_;
};

}  // namespace appserve::app
