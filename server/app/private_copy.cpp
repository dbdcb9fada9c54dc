#include "app/private_copy.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "app/finding.hpp"

namespace appserve::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "appserve-copy-";

std::string error_text(int number) { return std::system_category().message(number); }

Failure<Error> unusable(const std::string& folder, const std::string& why) {
  return Failure<Error>(finding(fault('E', 4008), "the folder " + folder + " cannot hold copies of libraries: " + why,
                                {}, {"name another with  runtime_dir = \"/var/tmp\"  or $RUNTIME_DIRECTORY"}));
}

// Ours alone to change: else somebody could put another library in the copy's place.
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

// Folders of servers that were killed: nobody holds their lock.
void sweep(const std::string& runtime_dir) {
  std::error_code failed;
  for (fs::directory_iterator it(runtime_dir, failed), end; !failed && it != end; it.increment(failed)) {
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

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The parts of a search path below $ORIGIN: "$ORIGIN/../lib" → "../lib".
std::vector<fs::path> origin_relative(std::string_view search) {
  std::vector<fs::path> found;
  while (!search.empty()) {
    const std::size_t colon = std::min(search.find(':'), search.size());
    std::string_view part = search.substr(0, colon);
    search.remove_prefix(std::min(colon + 1, search.size()));
    for (const std::string_view name : {std::string_view("$ORIGIN/"), std::string_view("${ORIGIN}/")})
      if (part.starts_with(name)) found.push_back(fs::path(part.substr(name.size())).lexically_normal());
  }
  return found;
}

std::size_t steps_up(const fs::path& relative) {
  return static_cast<std::size_t>(std::ranges::count(relative, fs::path("..")));
}

void link(const fs::path& target, const fs::path& name) {
  std::error_code ignored;  // a link that cannot be made is missed by the loader, which says so
  fs::create_directories(name.parent_path(), ignored);
  fs::create_symlink(target, name, ignored);
}

void link_siblings(const fs::path& original, const fs::path& copy) {
  std::error_code failed;
  for (fs::directory_iterator it(original.parent_path(), failed), end; !failed && it != end; it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (name.find(".so") != name.npos && name != original.filename()) link(it->path(), copy.parent_path() / name);
  }
}

}  // namespace

Result<PrivateCopy, Error> PrivateCopy::make(const LibraryFile& file, std::string_view search,
                                             const std::string& runtime_dir) {
  std::error_code failed;
  if (fs::create_directories(runtime_dir, failed)) fs::permissions(runtime_dir, fs::perms::owner_all, failed);
  if (failed) return unusable(runtime_dir, failed.message());
  if (const std::string why = unsafe(runtime_dir); !why.empty()) return unusable(runtime_dir, why);
  struct statvfs mount{};
  if (::statvfs(runtime_dir.c_str(), &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0)
    return unusable(runtime_dir, "it is mounted noexec");
  sweep(runtime_dir);

  std::string folder;
  UniqueFd lock;
  do {  // another server's sweep may come between making and locking
    folder = fs::absolute(runtime_dir, failed) / (std::string(kPrefix) + "XXXXXX");
    if (::mkdtemp(folder.data()) == nullptr) return unusable(runtime_dir, error_text(errno));
    lock = locked(folder);
  } while (!lock || !still_there(lock));
  PrivateCopy copy(folder, std::move(lock));

  // As deep as the search path climbs, so that "$ORIGIN/../lib" stays inside our folder.
  const std::vector<fs::path> relatives = origin_relative(search);
  std::size_t depth = 0;
  for (const fs::path& relative : relatives) depth = std::max(depth, steps_up(relative));
  fs::path home(folder);
  for (std::size_t i = 0; i < depth; ++i) home /= "o";
  fs::create_directories(home, failed);
  const fs::path path = home / file.name();

  const UniqueFd out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500));
  if (!out || !write_all(out.get(), file.bytes)) return unusable(runtime_dir, error_text(errno));

  const fs::path original(file.path);
  link_siblings(original, path);
  for (const fs::path& relative : relatives)
    if (relative != "." && !relative.empty())
      link(original.parent_path() / relative, (home / relative).lexically_normal());
  copy.path_ = path.string();
  return copy;
}

PrivateCopy::~PrivateCopy() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace appserve::app
