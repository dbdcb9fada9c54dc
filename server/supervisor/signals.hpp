// Signals as events one can wait for. While it lives they are queued for it, also those that come before anybody asks.
#pragma once
#include <initializer_list>
#include <optional>

#include "base/unique_fd.hpp"

namespace appserve::supervisor {

class Signals {
 public:
  /// Blocks these signals for this thread, and for those it starts.
  explicit Signals(std::initializer_list<int> numbers);

  int fd() const { return fd_.get(); }
  /// The next one. Never waits.
  std::optional<int> next() const;

 private:
  UniqueFd fd_;
};

}  // namespace appserve::supervisor
