#include "app/library_search.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "app/finding.hpp"
#include "base/edit_distance.hpp"

namespace appserve::app {
namespace {

namespace fs = std::filesystem;

struct Folder {
  std::string path;  // ends in '/'
  std::string label;
};

std::string absolute(const std::string& path) {
  std::error_code failed;
  const fs::path result = fs::absolute(path, failed);
  return failed ? path : result.lexically_normal().string();
}

std::vector<Folder> folders_for(const std::vector<std::string>& search_path) {
  std::vector<Folder> folders{
      {"./", "(current folder)"}, {"./build/", "(build folder)"}, {"./build/apps/", "(build folder)"}};
  for (const std::string& path : search_path) {
    if (path.empty()) continue;
    const std::string folder = path.ends_with('/') ? path : path + "/";
    const auto same = [&](const Folder& known) { return absolute(known.path) == absolute(folder); };
    if (std::ranges::none_of(folders, same)) folders.push_back({folder, ""});
  }
  return folders;
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

// A folder on the way to it may be closed to us; whoever opens it says which one.
bool is_closed(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) != 0 && errno == EACCES;
}

bool looks_like_library(const std::string& name) { return name.ends_with(".so") || name.find(".so.") != name.npos; }

std::vector<std::string> libraries_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    std::string name = it->path().filename().string();
    if (looks_like_library(name)) names.push_back(std::move(name));
  }
  return names;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::vector<std::string> looked_in(const std::vector<Folder>& folders) {
  std::vector<std::string> notes;
  for (const Folder& folder : folders) {
    const std::string lead = notes.empty() ? "looked in  " : "           ";
    notes.push_back(lead + (folder.label.empty() ? folder.path : padded(folder.path, 24) + folder.label));
  }
  return notes;
}

// What people vary: "hello", "libhello" and "hello.cpp" are common ways to write libhello.so.
std::string stem_of(std::string name) {
  name.erase(std::min(name.find('.'), name.size()));
  if (name.starts_with("lib")) name.erase(0, 3);
  return name;
}

std::string nearest_library(const std::string& name, const std::string& folder) {
  const std::vector<std::string> libraries = libraries_in(folder);
  std::vector<std::string> stems;
  std::ranges::transform(libraries, std::back_inserter(stems), stem_of);
  const std::string near = nearest(stem_of(name), stems);
  if (near.empty()) return near;
  return libraries[static_cast<std::size_t>(std::ranges::find(stems, near) - stems.begin())];
}

std::vector<std::string> commands(const AppSpec& spec, const std::vector<Folder>& folders) {
  constexpr std::size_t kMost = 3;
  const std::string name = fs::path(spec.library).filename().string();
  std::vector<std::string> help;
  for (const Folder& folder : folders) {
    const std::string meant = nearest_library(name, folder.path);
    if (!meant.empty() && help.size() < kMost)
      help.push_back("did you mean  " + command_for({folder.path + meant, spec.symbol, spec.call}) + " ?");
  }
  return help;
}

Failure<Error> not_found(const AppSpec& spec, const std::vector<Folder>& folders) {
  return Failure<Error>(
      finding(fault('E', 1001), "no library '" + spec.library + "'", looked_in(folders), commands(spec, folders)));
}

}  // namespace

Result<std::string, Error> find_library(const AppSpec& spec, const std::vector<std::string>& search_path) {
  const std::string& name = spec.library;
  if (const std::size_t slash = name.rfind('/'); slash != name.npos) {
    if (exists(name) || is_closed(name)) return absolute(name);
    const std::string folder = name.substr(0, slash + 1);
    return not_found(spec, {{folder, exists(folder) ? "" : "(no such folder)"}});
  }
  const std::vector<Folder> folders = folders_for(search_path);
  for (const Folder& folder : folders)
    if (exists(folder.path + name)) return absolute(folder.path + name);
  return not_found(spec, folders);
}

}  // namespace appserve::app
