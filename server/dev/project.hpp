// A CMake project that is being worked on: configured once, built again and again.
#pragma once
#include <string>
#include <vector>

#include "dev/command.hpp"

namespace appserve::dev {

class Project {
 public:
  /// In the current folder, built in its folder `build`. `libraries` are what is served: only those are built, when
  /// they are targets of the project.
  explicit Project(std::vector<std::string> libraries) : libraries_(std::move(libraries)) {}

  static constexpr const char* kBuildFolder = "build";
  /// Whether there is something to build.
  static bool is_here();

  /// What builds it now; the first time what configures it, as Debug: that compiles fastest, and
  /// its stacks are whole.
  std::vector<std::string> next_step();
  /// That step ended well. True: it was the last.
  bool step_done();

  /// Lets changes of what is served be told apart from other changes: of the libraries' files.
  std::string mark() const;

 private:
  void learn_targets();

  std::vector<std::string> libraries_, targets_;
  bool configured_ = false;
};

/// What is worth showing of a build that failed: the compiler's and the linker's words without the build tool's.
std::string without_progress(const std::string& output);

}  // namespace appserve::dev
