// Files below a folder: opened so that nothing outside it can be reached, whatever links say. Blocking calls.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <appserve/detail/own.hpp>
#include <appserve/detail/text.hpp>
#include <cerrno>
#include <string>
#include <string_view>

namespace appserve {
inline namespace v1 {
namespace detail {

class OwnFd {
 public:
  OwnFd() = default;
  explicit OwnFd(int fd) noexcept : fd_(fd) {}
  OwnFd(OwnFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnFd& operator=(OwnFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// For kernels without openat2: step by step, through no link at all.
inline OwnFd open_without_links(int folder, std::string_view path) {
  OwnFd at(::fcntl(folder, F_DUPFD_CLOEXEC, 0));
  while (at && !path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    const std::string name(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
    const int kind = path.empty() ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
    if (!name.empty()) at = OwnFd(::openat(at.get(), name.c_str(), kind | O_NOFOLLOW | O_CLOEXEC));
  }
  return at;
}

/// `path` is relative; links are followed as long as they stay below `folder`. errno says why there is none.
inline OwnFd open_beneath(int folder, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  const long fd = ::syscall(SYS_openat2, folder, name, &how, sizeof how);
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) return open_without_links(folder, path);
  return OwnFd(static_cast<int>(fd));
}

/// A request's encoded path below the mount point of a folder, as a relative path. False: it can name no file there,
/// or one that is hidden.
inline bool relative_path(std::string_view encoded, bool hidden, std::string& path) {
  path.clear();
  while (!encoded.empty()) {
    const auto slash = std::min(encoded.find('/'), encoded.size());
    const std::string segment = percent_decoded(encoded.substr(0, slash));
    encoded.remove_prefix(std::min(slash + 1, encoded.size()));
    if (segment.find_first_of(std::string_view("/\0\\", 3)) != segment.npos || segment == "." || segment == "..")
      return false;
    if (segment.starts_with('.') && !hidden && segment != ".well-known") return false;
    if (segment.empty()) {
      if (!encoded.empty()) return false;
      continue;
    }
    if (!path.empty()) path += '/';
    path += segment;
  }
  return true;
}

}  // namespace detail
}  // namespace v1
}  // namespace appserve
