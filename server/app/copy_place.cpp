#include "app/copy_place.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace appserve::app {
namespace {

constexpr std::uint64_t kRoom = 64 * 1024 * 1024;

bool has_room(const std::string& folder, std::uint64_t room) {
  struct statvfs info{};
  return ::statvfs(folder.c_str(), &info) == 0 && info.f_bavail * info.f_frsize >= room;
}

}  // namespace

std::string with_room(const std::vector<std::string>& folders, std::uint64_t room) {
  const auto found =
      std::ranges::find_if(folders, [room](const std::string& folder) { return has_room(folder, room); });
  return found == folders.end() ? folders.front() : *found;
}

std::string default_runtime_dir(uid_t user) {
  if (const char* given = std::getenv("RUNTIME_DIRECTORY")) return given;
  std::vector<std::string> folders{"/tmp", "/var/tmp"};
  if (const char* temporary = std::getenv("TMPDIR"); temporary != nullptr && *temporary != '\0')
    folders.insert(folders.begin(), temporary);
  return with_room(folders, kRoom) + "/appserve-" + std::to_string(user);
}

}  // namespace appserve::app
