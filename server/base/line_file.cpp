#include "base/line_file.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace appserve {
namespace {

using namespace std::chrono_literals;

constexpr auto kCheckEvery = 1s;
constexpr int kFlags = O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

// The whole lines among the first `size` bytes.
std::string_view whole_lines(std::string_view lines, std::size_t size) {
  const std::size_t end = lines.substr(0, size).rfind('\n');
  return lines.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

LineFile::LineFile(std::string path) : path_(std::move(path)) { open(); }

LineFile::LineFile(int descriptor) : descriptor_(descriptor) { open(); }

LineFile::Kind LineFile::kind_of(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return Kind::other;
  if (S_ISREG(info.st_mode)) return Kind::file;
  return S_ISSOCK(info.st_mode) ? Kind::socket : Kind::other;
}

void LineFile::open() {
  fd_ = path_.empty() ? open_descriptor(descriptor_) : UniqueFd(::open(path_.c_str(), kFlags | O_CREAT, 0640));
  error_ = fd_ ? 0 : errno;
  kind_ = kind_of(fd_.get());
}

// A pipe or terminal is opened anew: a description that is shared cannot be made non-blocking without surprising its
// other users. A file is not: they would have another position in it.
UniqueFd LineFile::open_descriptor(int descriptor) {
  UniqueFd fd;
  if (kind_of(descriptor) != Kind::file)
    fd.reset(::open(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), kFlags));
  if (!fd) fd.reset(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));  // also for a socket, and without /proc
  return fd;
}

void LineFile::reopen() {
  if (!path_.empty()) open();
}

// Once a second: a file that could not be opened, or was deleted, is opened again.
void LineFile::check_place(Time now) {
  if (now - checked_ < kCheckEvery || path_.empty()) return;
  checked_ = now;
  struct stat info{};
  if (!fd_ || (kind_ == Kind::file && ::fstat(fd_.get(), &info) == 0 && info.st_nlink == 0)) open();
}

std::size_t LineFile::write(std::string_view lines, Time now) {
  check_place(now);
  if (!fd_) return 0;
  std::size_t taken = 0;
  while (taken < lines.size()) {
    const std::string_view rest = lines.substr(taken);
    const std::size_t step = kind_ == Kind::file ? append(rest) : pass_on(rest);
    taken += step;
    if (step == 0) break;
  }
  return taken;
}

std::size_t LineFile::put(std::string_view bytes) {
  for (bool again = false;; again = true) {
    const ssize_t n = kind_ == Kind::socket ? ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                            : ::write(fd_.get(), bytes.data(), bytes.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    error_ = errno;
    if (error_ != EBADF || again) return 0;
    (void)fd_.release();  // somebody has closed it: the number is not ours any more
    open();
    if (!fd_) return 0;
  }
}

// A full disk takes part of a line: that part is taken back.
std::size_t LineFile::append(std::string_view lines) {
  const std::size_t written = put(lines);
  const std::size_t whole = whole_lines(lines, written).size();
  if (whole == written) return whole;
  error_ = ENOSPC;
  struct stat info{};
  const off_t end = ::lseek(fd_.get(), 0, SEEK_CUR);
  const auto torn = static_cast<off_t>(written - whole);
  if (end >= torn && ::fstat(fd_.get(), &info) == 0 && info.st_size == end && ::ftruncate(fd_.get(), end - torn) == 0)
    return whole;
  return whole;
}

// A pipe takes up to PIPE_BUF bytes whole, whoever else writes to it.
std::size_t LineFile::pass_on(std::string_view lines) {
  pollfd out{fd_.get(), POLLOUT, 0};
  if (::poll(&out, 1, 0) == 0) {  // for descriptors that are not ours alone
    error_ = EAGAIN;
    return 0;
  }
  const std::string_view some = whole_lines(lines, PIPE_BUF);
  const std::size_t written = put(some);
  return written == some.size() ? written : whole_lines(some, written).size();
}

std::string LineFile::why_not() const {
  return error_ == EAGAIN ? "nobody reads it" : std::system_category().message(error_);
}

}  // namespace appserve
