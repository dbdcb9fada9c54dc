// Notices what is saved in a project's folder and the folders in it.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "base/unique_fd.hpp"

namespace appserve::dev {

class Sources {
 public:
  /// `without`: the folder that builds write to. Hidden folders, what editors make beside your files, and databases and
  /// logs do not count.
  Sources(std::filesystem::path root, const std::filesystem::path& without);

  /// Readable when something may have changed.
  int fd() const { return fd_.get(); }
  /// What has changed since the last time, as paths below the root. Never waits.
  std::set<std::string> changed();

 private:
  void watch(const std::filesystem::path& folder);

  const std::filesystem::path root_, without_;
  UniqueFd fd_;
  std::map<int, std::filesystem::path> folders_;
};

}  // namespace appserve::dev
