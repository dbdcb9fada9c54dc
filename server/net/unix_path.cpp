#include "net/unix_path.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

namespace appserve::net {
namespace {

constexpr int kQueueAtStart = 128;  // clients that wait until the server is ready; then it is server.backlog

UniqueFd make_socket() { return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

// Held while a path is looked at and taken. Somebody who keeps it for long, or a folder that cannot be opened, stops
// nobody.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path();
    fd_.reset(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (int attempt = 0; fd_ && attempt < 100; ++attempt) {
      if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

 private:
  UniqueFd fd_;
};

Result<sockaddr_un, Error> address_of(const Endpoint& endpoint) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.path.size() >= sizeof address.sun_path)
    return Failure<Error>({.fault = &fault('E', 4007),
                           .what = fmt::format("the socket path has {} bytes; at most {} are possible",
                                               endpoint.path.size(), sizeof address.sun_path - 1),
                           .help = {"choose a shorter path, e.g. unix:/run/appserve.sock"}});
  std::memcpy(address.sun_path, endpoint.path.data(), endpoint.path.size());
  return address;
}

Error unusable(const std::string& path, int error) {
  return {.fault = &fault('E', 4008),
          .what = fmt::format("cannot make the socket {}: {}", path, std::system_category().message(error)),
          .help = {fmt::format("ls -ld \"$(dirname {})\"", path)}};
}

}  // namespace

Result<bool, Error> is_stale(const Endpoint& endpoint) {
  const auto address = address_of(endpoint);
  if (!address) return Failure<Error>(address.error());
  const std::string& path = endpoint.path;
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return false;
  if (!S_ISSOCK(status.st_mode))
    return Failure<Error>({.fault = &fault('E', 4006),
                           .what = fmt::format("{} exists and is not a socket; it was left as it is", path),
                           .help = {fmt::format("ls -l {}", path)}});
  const UniqueFd probe = make_socket();
  errno = 0;
  ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  if (errno == ENOENT) return false;  // its server has just removed it
  if (errno == ECONNREFUSED) return true;
  if (errno == EACCES)
    return Failure<Error>(
        {.fault = &fault('E', 4005),
         .what = fmt::format("{} may be in use: no right to connect to it; it was left as it is", path),
         .help = {fmt::format("ls -l {}", path)}});
  ucred owner{};  // it is accepted, or the queue is full, or it is a socket of another type
  socklen_t size = sizeof owner;
  ::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &owner, &size);
  return Failure<Error>({.fault = &fault('E', 4005),
                         .what = fmt::format("{} is in use{}", path,
                                             owner.pid > 0 ? fmt::format(" by pid {}", owner.pid) : std::string()),
                         .help = {fmt::format("ss -lxp | grep {}", path)}});
}

Result<UniqueFd, Error> take_unix_path(const Endpoint& endpoint, Errors& notes) {
  const FolderLock lock(endpoint.path);
  const auto stale = is_stale(endpoint);
  if (!stale) return Failure<Error>(stale.error());
  const std::string& path = endpoint.path;
  if (*stale) {
    ::unlink(path.c_str());
    notes.push_back({.fault = &fault('N', 4005), .what = fmt::format("removed stale socket {}", path)});
  }
  const auto address = address_of(endpoint);
  UniqueFd fd = make_socket();
  const mode_t before = ::umask(0177);  // nobody else can connect before the mode is set
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  const int error = errno;
  ::umask(before);
  if (bound != 0) return Failure<Error>(unusable(path, error));
  ::chmod(path.c_str(), static_cast<mode_t>(endpoint.mode));
  if (::listen(fd.get(), kQueueAtStart) != 0) return Failure<Error>(unusable(path, errno));
  return fd;
}

}  // namespace appserve::net
