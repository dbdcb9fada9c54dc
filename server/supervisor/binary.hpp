// The program's own file: whether another version that lies there by now can take this process over, and the moment it
// does.
#pragma once
#include <optional>
#include <string>

#include "supervisor/handover.hpp"

namespace appserve::supervisor {

class Binary {
 public:
  /// Finds out where this program lies. `arguments` as main got them; they outlive it.
  explicit Binary(char* const* arguments);

  /// Asks the file, by running it, whether it can take over. Why not; none: it can. Waits for its answer a few seconds.
  std::optional<std::string> unusable() const;
  /// Runs it in this process's place. Returns only when that failed, and nothing has changed: why.
  std::string take_over(const Legacy& legacy) const;

 private:
  std::string path_;
  char* const* arguments_;
};

/// In the program that is asked or runs now:
/// prints the answer to unusable()'s question; false: nobody asked.
bool answered_probe();
/// What the predecessor in this process left; none: there was none, or it was of another version.
std::optional<Inheritance> inherited();

}  // namespace appserve::supervisor
