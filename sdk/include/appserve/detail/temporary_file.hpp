// A file without a name yet: it goes with its owner unless it is kept. Blocking calls: not for a loop's thread.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <appserve/detail/base.hpp>
#include <cerrno>
#include <cstdio>
#include <stdexcept>

namespace appserve {
inline namespace v1 {
namespace detail {

inline std::string folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "." : slash == 0 ? "/" : std::string(path.substr(0, slash));
}

[[noreturn]] inline void throw_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace detail

/// An open file in a folder, under a name nobody else uses; deleted when its owner ends, unless keep() gave it a name
/// of its own. Movable. Every function but size() and fd() blocks: call them in blocking(...). Failures are
/// std::runtime_error with the system's words. Any thread, one at a time.
class TemporaryFile {
 public:
  /// How much is worth a write.
  static constexpr std::size_t kWorthWriting = std::size_t{256} << 10;

  /// `folder` empty: $TMPDIR or /tmp.
  explicit TemporaryFile(std::string folder = {}) {
    if (folder.empty()) {
      const char* wanted = std::getenv("TMPDIR");
      folder = wanted && *wanted ? wanted : "/tmp";
    }
    path_ = folder + "/.appserve-XXXXXX";
    fd_ = ::mkostemp(path_.data(), O_CLOEXEC);
    if (fd_ < 0) detail::throw_errno("no temporary file in " + folder);
  }
  TemporaryFile(TemporaryFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
  TemporaryFile& operator=(TemporaryFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  int fd() const noexcept { return fd_; }                     ///< open for reading and writing; stays this object's
  std::uint64_t size() const noexcept { return size_; }       ///< bytes appended
  const std::string& path() const noexcept { return path_; }  ///< empty once keep() gave it a name of its own

  /// Writes all of `bytes` at the end.
  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) detail::throw_errno("writing " + path_);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      size_ += static_cast<std::uint64_t>(n);
    }
  }

  /// All of it.
  std::string read() const {
    std::string all(static_cast<std::size_t>(size_), '\0');
    std::size_t have = 0;
    while (have < all.size()) {
      const ssize_t n = ::pread(fd_, all.data() + have, all.size() - have, static_cast<off_t>(have));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) detail::throw_errno("reading " + path_);
      have += static_cast<std::size_t>(n);
    }
    return all;
  }

  /// Gives it this name, in the same file system, in place of a file that has it. `mode`: who may read and write it.
  void keep(const std::string& path, unsigned mode = 0640) {
    if (::fchmod(fd_, static_cast<mode_t>(mode)) != 0) detail::throw_errno("setting the mode of " + path_);
    if (std::rename(path_.c_str(), path.c_str()) != 0) detail::throw_errno("naming a file " + path);
    path_.clear();
  }

 private:
  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace v1
}  // namespace appserve
