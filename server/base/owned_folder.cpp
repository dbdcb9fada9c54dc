#include "base/owned_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace appserve {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "appserve-copy-";

std::string error_text(int number) { return std::system_category().message(number); }

// Ours alone to change: else somebody could put other content in the place of ours.
std::string unsafe(const std::string& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) return error_text(errno);
  if (info.st_uid != ::geteuid() && info.st_uid != 0) return "it belongs to uid " + std::to_string(info.st_uid);
  const bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0, sticky = (info.st_mode & S_ISVTX) != 0;
  return others_write && !sticky ? "others may write there" : "";
}

UniqueFd locked(const std::string& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

// Folders of owners that were killed: nobody holds their lock.
void sweep(const std::string& parent) {
  std::error_code failed;
  for (fs::directory_iterator it(parent, failed), end; !failed && it != end; it.increment(failed)) {
    if (!it->path().filename().string().starts_with(kPrefix)) continue;
    struct stat info{};
    const std::string folder = it->path().string();
    if (::lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) continue;
    std::error_code ignored;
    if (const UniqueFd lock = locked(folder)) fs::remove_all(folder, ignored);
  }
}

bool still_there(const UniqueFd& folder) {
  struct stat info{};
  return ::fstat(folder.get(), &info) == 0 && info.st_nlink > 0;
}

}  // namespace

Result<OwnedFolder, std::string> OwnedFolder::make(const std::string& parent) {
  using Unusable = Failure<std::string>;
  std::error_code failed;
  if (fs::create_directories(parent, failed)) fs::permissions(parent, fs::perms::owner_all, failed);
  if (failed) return Unusable(failed.message());
  if (std::string why = unsafe(parent); !why.empty()) return Unusable(std::move(why));
  struct statvfs mount{};
  if (::statvfs(parent.c_str(), &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0)
    return Unusable("it is mounted noexec");
  sweep(parent);

  for (;;) {  // another one's sweep may come between making and locking
    std::string folder = fs::absolute(parent, failed) / (std::string(kPrefix) + "XXXXXX");
    if (::mkdtemp(folder.data()) == nullptr) return Unusable(error_text(errno));
    UniqueFd lock = locked(folder);
    if (lock && still_there(lock)) return OwnedFolder(std::move(folder), std::move(lock));
  }
}

OwnedFolder::~OwnedFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace appserve
