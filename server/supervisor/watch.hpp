// Notices that files change: for development, where a new library or configuration is to be served at once.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace appserve::supervisor {

class Watch {
 public:
  Watch();

  /// These files from now on, and no others. Files that are replaced by another one count as changed.
  void files(const std::vector<std::string>& paths);

  int fd() const { return fd_.get(); }
  /// Reads what happened.
  void look(Time now);
  /// True once, when files have changed and then rested for a moment: writers take their time.
  bool changed(Time now);
  std::optional<Time> next_look() const { return due_; }

 private:
  UniqueFd fd_;
  std::map<int, std::set<std::string>> names_;  // by watched folder
  std::optional<Time> due_;
};

}  // namespace appserve::supervisor
