// What is being worked on: a CMake project, configured once, built again and again; or apps of one source file each.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dev/command.hpp"

namespace appserve::dev {

class Project {
 public:
  struct App {
    std::string library;
    std::string source = {};  // all it is built from; empty: the CMake project makes it
  };
  /// In the current folder, built in its folder `build`. `apps` are what is served: only those are built, when
  /// they are targets of the project.
  explicit Project(std::vector<App> apps) : apps_(std::move(apps)) {}

  static constexpr const char* kBuildFolder = "build";
  /// Whether there is something to build.
  bool is_here() const;

  /// What builds it now; the first time what configures it, as Debug: that compiles fastest, and
  /// its stacks are whole.
  std::vector<std::string> next_step();
  /// That step ended well. True: it was the last.
  bool step_done();

  /// Lets changes of what is served be told apart from other changes: of the libraries' files.
  std::string mark() const;

 private:
  void learn_targets();
  bool has_sources() const;

  std::vector<App> apps_;
  std::vector<std::string> targets_;
  bool configured_ = false;
};

/// What is worth showing of a build that failed: the compiler's and the linker's words without the build tool's.
std::string without_progress(const std::string& output);

/// How far a build is, in the build tool's own words: the newest "[3/7] Building …" or "[ 50%] …". Empty: it says
/// nothing.
std::string progress_in(std::string_view output);

}  // namespace appserve::dev
