#include "dev/project.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string_view>

namespace appserve::dev {
namespace {

namespace fs = std::filesystem;

// With a source and its library as arguments, and again.
constexpr const char* kCompile = R"(mkdir -p build || exit
while [ $# -gt 0 ]; do
  case $1 in
    *.c) compiler=${CC:-cc} sdk=appserve-c ;;
    *) compiler=${CXX:-c++} sdk=appserve ;;
  esac
  flags=$(pkg-config --cflags --libs $sdk) ||
    { echo "The SDK is missing: install the package appserve-dev, or name its folder in PKG_CONFIG_PATH."; exit 1; }
  $compiler -g "$1" $flags -o "$2" || exit
  shift 2
done)";

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// "myapp" for build/libmyapp.so.
std::string target_of(const std::string& library) {
  std::string name = fs::path(library).stem().string();
  if (name.starts_with("lib")) name.erase(0, 3);
  return name;
}

}  // namespace

bool Project::has_sources() const {
  return std::ranges::any_of(apps_, [](const App& app) { return !app.source.empty(); });
}

bool Project::is_here() const { return has_sources() || is_there("CMakeLists.txt"); }

std::vector<std::string> Project::next_step() {
  const std::string folder = kBuildFolder;
  if (has_sources()) {
    configured_ = true;
    std::vector<std::string> words{"sh", "-c", kCompile, "sh"};
    for (const App& app : apps_)
      if (!app.source.empty()) words.insert(words.end(), {app.source, app.library});
    return words;
  }
  if (!configured_ && is_there(folder + "/CMakeCache.txt")) {
    configured_ = true;
    learn_targets();
  }
  if (!configured_) {
    std::vector<std::string> words{"cmake", "-B", folder, "-DCMAKE_BUILD_TYPE=Debug"};
    if (run({"ninja", "--version"}).ok) words.insert(words.end(), {"-G", "Ninja"});
    return words;
  }
  std::vector<std::string> words{"cmake", "--build", folder};
  if (!targets_.empty()) words.push_back("--target");
  words.insert(words.end(), targets_.begin(), targets_.end());
  return words;
}

bool Project::step_done() {
  if (configured_) return true;
  configured_ = true;
  learn_targets();
  return false;
}

// Tests and tools of the project can wait; what is served cannot.
void Project::learn_targets() {
  std::istringstream help(run({"cmake", "--build", kBuildFolder, "--target", "help"}).output);
  std::vector<std::string> known;
  for (std::string word; help >> word;) {
    if (word.ends_with(':')) word.pop_back();
    known.push_back(word);
  }
  for (const App& app : apps_) {
    const std::string target = target_of(app.library);
    if (std::ranges::find(known, target) == known.end()) return targets_.clear();
    if (std::ranges::find(targets_, target) == targets_.end()) targets_.push_back(target);
  }
}

std::string Project::mark() const {
  std::string mark;
  for (const App& app : apps_) {
    std::error_code failed;
    const auto time = fs::last_write_time(app.library, failed);
    if (!failed) mark += std::to_string(time.time_since_epoch().count());
    mark += ';';
  }
  return mark;
}

std::string without_progress(const std::string& output) {
  std::istringstream lines(output);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const bool progress = line.starts_with('[') || line.starts_with("FAILED: ") || line.starts_with("ninja: ") ||
                          line.starts_with("gmake") || line.starts_with("make[") || line.starts_with("-- ") ||
                          line.starts_with("Consolidate compiler generated") || line.starts_with("/usr/bin/");
    if (!progress) kept += line + "\n";
  }
  return kept.empty() ? output : kept;
}

std::string progress_in(std::string_view output) {
  const std::size_t end = output.rfind('\n');
  if (end == output.npos) return {};
  const std::string_view whole = output.substr(0, end);
  const std::string_view newest = whole.substr(whole.rfind("\n[") + 1);  // all of it where there is none
  return newest.starts_with('[') ? std::string(newest.substr(0, newest.find('\n'))) : "";
}

}  // namespace appserve::dev
