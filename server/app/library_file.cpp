#include "app/library_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "app/finding.hpp"
#include "base/unique_fd.hpp"

namespace appserve::app {
namespace {

constexpr std::string_view kElfMagic = "\177ELF";
constexpr off_t kLargest = off_t{2} << 30;  // bytes; more is no library
constexpr std::size_t kSniff = 4096;

std::string error_text(int number) { return std::system_category().message(number); }

std::string octal(mode_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3) digits += static_cast<char>('0' + ((mode >> shift) & 7));
  return digits;
}

std::string quoted_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The first folder on the way that may not be entered, or the file itself.
std::string denying_component(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0) return folder;
  }
  return path;
}

Failure<Error> not_readable(const std::string& path) {
  const std::string denying = denying_component(path);
  struct stat info{};
  std::vector<std::string> notes;
  if (::stat(denying.c_str(), &info) == 0)
    notes.push_back(denying + " has mode " + octal(info.st_mode) + " and belongs to uid " +
                    std::to_string(info.st_uid) + "; this server runs as uid " + std::to_string(::geteuid()));
  const std::string grant = denying == path ? "chmod a+r " : "chmod a+x ";
  return Failure<Error>(finding(fault('E', 1003), quoted_name(path) + " is not readable: " + error_text(EACCES),
                                std::move(notes), {grant + denying}));
}

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Failure<Error> unopened(const std::string& path, int number) {
  if (number == EACCES) return not_readable(path);
  if (number == ENOENT || number == ELOOP)
    return Failure<Error>(finding(fault('E', 1001), path + " is a link that leads nowhere"));
  return Failure<Error>(finding(fault('E', 1003), path + " cannot be opened: " + error_text(number)));
}

}  // namespace

Result<LibraryFile, Error> read_library(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return unopened(path, errno);
  if (!S_ISREG(info.st_mode))
    return Failure<Error>(
        finding(fault('E', 1004), quoted_name(path) + " is " + kind_of(info.st_mode) + ", not a library", {path}));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd || ::fstat(fd.get(), &info) != 0) return unopened(path, errno);
  if (!S_ISREG(info.st_mode)) return Failure<Error>(finding(fault('E', 1004), path + " is " + kind_of(info.st_mode)));

  LibraryFile file{path, {}, {}, {}, info.st_dev, info.st_ino, info.st_mtim, info.st_uid, info.st_mode};
  const auto read = [&](std::size_t size) {
    file.memory = MappedFile::snapshot(fd.get(), size);
    file.bytes = file.memory.bytes();
  };
  read(std::min(static_cast<std::size_t>(info.st_size), kSniff));
  if (!file.bytes.starts_with(kElfMagic)) return file;
  if (info.st_size > kLargest)
    return Failure<Error>(finding(fault('E', 1005), quoted_name(path) + " is larger than 2 GiB: not an app"));
  read(static_cast<std::size_t>(info.st_size));
  return file;
}

}  // namespace appserve::app
