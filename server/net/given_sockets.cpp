#include "net/given_sockets.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

namespace appserve::net {
namespace {

constexpr int kFirst = 3;  // sd_listen_fds(3)
constexpr const char *kPid = "LISTEN_PID", *kCount = "LISTEN_FDS", *kNames = "LISTEN_FDNAMES";

std::string taken_from_environment(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string next_name(std::string_view& names) {
  const std::size_t colon = names.find(':');
  std::string name(names.substr(0, colon));
  names = colon == names.npos ? "" : names.substr(colon + 1);
  return name;
}

int option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

// Why clients cannot be accepted from it; empty: they can.
std::string unfit(int fd) {
  if (::fcntl(fd, F_GETFD) < 0) return "it is not open";
  if (option(fd, SO_TYPE) < 0) return "it is not a socket";
  if (option(fd, SO_TYPE) != SOCK_STREAM) return "it is not a stream socket";
  const int family = option(fd, SO_DOMAIN);
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) return "it is neither a TCP nor a Unix socket";
  if (option(fd, SO_ACCEPTCONN) != 1) return "it does not listen (with systemd: Accept=no)";
  return "";
}

void close_on_exec(int fd, bool on) { ::fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }

}  // namespace

GivenSockets GivenSockets::from_environment() {
  const std::string pid = taken_from_environment(kPid), count = taken_from_environment(kCount),
                    all_names = taken_from_environment(kNames);
  GivenSockets sockets;
  if (count.empty()) return sockets;
  if (number(pid) != ::getpid()) {
    sockets.why_none_ = fmt::format("LISTEN_PID is '{}' and this is process {}", pid, ::getpid());
    return sockets;
  }
  std::string_view names = all_names;
  const int end = kFirst + std::clamp(number(count).value_or(0), 0, 65'536);
  for (int fd = kFirst; fd < end; ++fd) {
    close_on_exec(fd, true);
    sockets.given_.push_back({fd, next_name(names)});
  }
  return sockets;
}

std::vector<const GivenSockets::Given*> GivenSockets::wanted(const Endpoint& endpoint) const {
  std::vector<const Given*> found;
  for (const Given& given : given_)
    if (endpoint.name.empty() || endpoint.name == given.name) found.push_back(&given);
  return found;
}

Error GivenSockets::none(const Endpoint& endpoint) const {
  Error error{.fault = &fault('E', 4009), .what = fmt::format("cannot listen on {}: ", to_string(endpoint))};
  if (given_.empty()) {
    error.what += why_none_;
    error.help = {"systemd-socket-activate -l 8080 appserve --listen systemd …    (to try it)",
                  "systemctl start appserve@NAME.socket    (the unit that has the sockets)"};
    return error;
  }
  std::string names;
  for (const Given& given : given_) names += (names.empty() ? "" : ", ") + given.name;
  error.what += fmt::format("no socket has that name; the service manager gave {}", names);
  error.help = {"FileDescriptorName=" + endpoint.name + "    (in the socket unit)"};
  return error;
}

Result<std::vector<UniqueFd>, Error> GivenSockets::find(const Endpoint& endpoint) const {
  std::vector<int> descriptors;
  if (endpoint.kind == Endpoint::Kind::descriptor) descriptors.push_back(endpoint.descriptor);
  if (endpoint.kind == Endpoint::Kind::systemd)
    for (const Given* given : wanted(endpoint)) descriptors.push_back(given->fd);
  if (descriptors.empty()) return Failure<Error>(none(endpoint));
  std::vector<UniqueFd> sockets;
  for (const int fd : descriptors) {
    if (const std::string why = unfit(fd); !why.empty())
      return Failure<Error>(
          {.fault = &fault('E', 4009),
           .what = fmt::format("cannot listen on {}: descriptor {}: {}", to_string(endpoint), fd, why),
           .help = {fmt::format("ls -l /proc/$$/fd/{}    (in the shell that starts appserve)", fd)}});
    close_on_exec(fd, true);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    sockets.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, kFirst));
    if (!sockets.back())
      return Failure<Error>(
          {.fault = &fault('E', 6008),
           .what = fmt::format("cannot listen on {}: {}", to_string(endpoint), std::system_category().message(errno))});
  }
  return sockets;
}

void GivenSockets::hand_on() const {
  if (given_.empty()) return;
  std::string names;
  for (const Given& given : given_) {
    close_on_exec(given.fd, false);
    names += (&given == &given_.front() ? "" : ":") + given.name;
  }
  ::setenv(kPid, std::to_string(::getpid()).c_str(), 1);
  ::setenv(kCount, std::to_string(given_.size()).c_str(), 1);
  ::setenv(kNames, names.c_str(), 1);
}

void GivenSockets::keep() const {
  for (const Given& given : given_) close_on_exec(given.fd, true);
  for (const char* name : {kPid, kCount, kNames}) ::unsetenv(name);
}

}  // namespace appserve::net
