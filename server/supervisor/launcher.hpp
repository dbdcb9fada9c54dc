// Starts worker processes: this program once more, with the same arguments and the other end of a channel.
#pragma once
#include <sys/types.h>

#include "base/result.hpp"
#include "supervisor/channel.hpp"

namespace appserve::supervisor {

struct Child {
  pid_t pid = 0;
  Channel channel;
};

class Launcher {
 public:
  virtual ~Launcher() = default;
  /// `in_background`: others serve while it starts, and go first. Failure: errno.
  virtual Result<Child, int> launch(bool in_background) = 0;
};

/// Runs the very file this process runs, even when another one lies at its path by now.
class SelfLauncher final : public Launcher {
 public:
  /// `arguments` as main got them; they outlive the launcher.
  explicit SelfLauncher(char* const* arguments) : arguments_(arguments) {}
  Result<Child, int> launch(bool in_background) override;

 private:
  char* const* arguments_;
};

}  // namespace appserve::supervisor
