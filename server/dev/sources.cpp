#include "dev/sources.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace appserve::dev {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE;

// What apps write themselves, beside their sources.
bool is_data(std::string_view name) {
  for (const std::string_view end : {".db", ".sqlite", ".sqlite3", "-wal", "-shm", "-journal", ".log", ".pid", ".lock"})
    if (name.ends_with(end)) return true;
  return false;
}

// Vim tries whether it may write with a file called 4913.
bool is_passing(std::string_view name) {
  return is_data(name) || name.starts_with('.') || name.starts_with('#') || name.ends_with('~') ||
         name.ends_with(".swp") || name.ends_with(".tmp") || name == "4913";
}

}  // namespace

Sources::Sources(fs::path root, const fs::path& without)
    : root_(std::move(root)),
      without_((root_ / without).lexically_normal()),
      fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  watch(root_);
}

void Sources::watch(const fs::path& folder) {
  if (folder.lexically_normal() == without_) return;
  const int watched = ::inotify_add_watch(fd_.get(), folder.c_str(), kEvents | IN_ONLYDIR);
  if (watched < 0) return;
  folders_[watched] = folder;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed))
    if (it->is_directory(failed) && !it->is_symlink(failed) && !is_passing(it->path().filename().string()))
      watch(it->path());
}

std::set<std::string> Sources::changed() {
  std::set<std::string> paths;
  alignas(inotify_event) std::array<char, 8192> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got <= 0) return paths;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      const auto folder = folders_.find(event.wd);
      if ((event.mask & IN_IGNORED) != 0 && folder != folders_.end()) folders_.erase(folder);
      if (event.len == 0 || folder == folders_.end() || is_passing(name)) continue;
      const fs::path path = folder->second / name;
      if ((event.mask & IN_ISDIR) != 0)
        watch(path);
      else if ((event.mask & IN_CREATE) == 0)  // its content comes later
        paths.insert(path.lexically_relative(root_).string());
    }
  }
}

}  // namespace appserve::dev
