// What is left of a worker that ended at its work: its last words go to the log and into a file that stays.
#pragma once
#include <optional>
#include <string>

#include "base/log.hpp"
#include "supervisor/plan.hpp"

namespace appserve::supervisor {

class Obituary {
 public:
  explicit Obituary(Log& log) : log_(log) {}

  struct Facts {
    unsigned slot = 0;
    pid_t pid = 0;
    int status = 0;          // as waitpid() has it
    std::string last_words;  // as the worker's crash handler wrote them; may be empty
  };
  /// Tells the end: in the last words as they are, which are also kept in the plan's runtime folder (readable by the
  /// owner only, the newest few); or in one line of ours.
  void write(const Facts& facts, const Plan& plan) const;

 private:
  void keep(const Facts& facts, const std::string& folder) const;

  Log& log_;
};

/// The mount whose code ended the worker, as far as one can tell: the library its last words name, or the only one
/// there is. None when it was ended from outside.
std::optional<std::size_t> culprit(int status, const std::string& last_words, const std::vector<std::string>& apps);

}  // namespace appserve::supervisor
