// Runs another program and takes what it says.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/unique_fd.hpp"

namespace appserve::dev {

/// A program that runs, in a process group of its own; its standard output and error come out of one pipe.
struct Running {
  pid_t pid = 0;
  UniqueFd output;
};
/// By its name in PATH. errno when it does not start: pid is 0.
Running start(const std::vector<std::string>& words);
/// Waits for its end. True: with 0.
bool wait_for(const Running& running);
/// Ends it, and what it started.
void end(const Running& running);

struct Outcome {
  bool ok = false;  // it ended with 0
  std::string output;
};
/// To its end.
Outcome run(const std::vector<std::string>& words);

}  // namespace appserve::dev
