// One connection to Redis: connect, log in, bytes out, replies in. Knows no queue: who may ask when is decided above.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <appserve/descriptor.hpp>
#include <appserve/detail/redis_address.hpp>

#include <cerrno>

namespace appserve {
inline namespace v1 {
namespace detail {

inline std::string error_text(int code) { return std::error_code(code, std::generic_category()).message(); }

/// Addresses of a host, looked up on the blocking pool unless the host is a number.
class RedisHosts {
 public:
  static Task<RedisHosts> of(const RedisAddress& address) {
    RedisHosts hosts;
    if (hosts.look_up(address, AI_NUMERICHOST) != 0) {
      const int failed = co_await blocking([&] { return hosts.look_up(address, 0); });
      if (failed != 0) throw RedisError(RedisError::Kind::unreachable, address.name() + ": " + gai_strerror(failed));
    }
    co_return hosts;
  }
  const addrinfo* first() const noexcept { return list_.get(); }

 private:
  int look_up(const RedisAddress& address, int flags) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &wanted, &found);
    list_.reset(found);
    return failed;
  }
  struct Free {
    void operator()(addrinfo* list) const noexcept {
      if (list) ::freeaddrinfo(list);
    }
  };
  std::unique_ptr<addrinfo, Free> list_;
};

class RedisLink {
 public:
  RedisLink(const RedisAddress& address, const Loop& loop) noexcept : address_(address), loop_(loop) {}
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;
  ~RedisLink() { close(); }

  /// Connects and logs in; throws RedisError. Once per link.
  Task<> open(std::chrono::nanoseconds limit) {
    const bool opened = co_await within(limit, connect_and_log_in());
    if (!opened) throw RedisError(RedisError::Kind::unreachable, about("no answer in time"));
  }

  /// Sends what the socket takes of `bytes` and removes it. False: nothing now, wait for writable(). Throws RedisError
  /// lost, as all that follow.
  bool send(std::string& bytes) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) throw lost(error_text(errno));
    if (n < 0) return false;
    bytes.erase(0, static_cast<std::size_t>(n));
    return true;
  }
  /// Takes in what has arrived. False: nothing now, wait for readable().
  bool receive() {
    char buffer[16384];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n == 0) throw lost("the server closed the connection");
    if (n < 0 && errno != EAGAIN && errno != EINTR) throw lost(error_text(errno));
    if (n < 0) return false;
    parser_.feed(buffer, static_cast<std::size_t>(n));
    return true;
  }
  /// A reply that has arrived completely. False: there is none.
  bool next(RedisReply& reply) {
    try {
      return parser_.next(reply);
    } catch (const std::runtime_error& broken) {
      throw lost(std::string("it does not speak Redis' language: ") + broken.what());
    }
  }
  Descriptor::Ready readable() noexcept { return watch_->readable(); }
  Descriptor::Ready writable() noexcept { return watch_->writable(); }

  /// The next reply. May be cut short and called again: nothing is lost in between.
  Task<RedisReply> read() {
    RedisReply reply;
    while (!next(reply))
      if (!receive()) co_await readable();
    co_return reply;
  }
  Task<RedisReply> ask(const RedisCommands& command) {
    std::string bytes = command.bytes();
    while (!bytes.empty())
      if (!send(bytes)) co_await writable();
    co_return co_await read();
  }

  /// "redis://127.0.0.1:6379/0: WHY"
  std::string about(const std::string& why) const { return address_.name() + ": " + why; }

 private:
  Task<> connect_and_log_in() {
    int failed = 0;
    if (address_.path.empty()) {
      const RedisHosts hosts = co_await RedisHosts::of(address_);
      for (const addrinfo* at = hosts.first(); at; at = at->ai_next) {
        failed = co_await connect(at->ai_family, at->ai_addr, at->ai_addrlen);
        if (failed == 0) break;
      }
      const int on = 1;
      ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    } else {
      sockaddr_un to{};
      to.sun_family = AF_UNIX;
      if (address_.path.size() >= sizeof to.sun_path)
        throw RedisError(RedisError::Kind::refused, about("the path of the socket is too long"));
      address_.path.copy(to.sun_path, address_.path.size());
      failed = co_await connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
    if (failed != 0) throw RedisError(RedisError::Kind::unreachable, about(error_text(failed)));
    co_await log_in();
  }

  /// 0, or why not.
  Task<int> connect(int family, const sockaddr* to, socklen_t size) {
    close();
    fd_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) co_return errno;
    watch_.emplace(loop_, fd_);
    if (::connect(fd_, to, size) == 0) co_return 0;
    if (errno != EINPROGRESS) co_return errno;
    co_await watch_->writable();
    int result = 0;
    socklen_t length = sizeof result;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &result, &length);
    co_return result;
  }

  /// Always asks something: a server that wants a password, or none of ours, says so now.
  Task<> log_in() {
    if (!address_.password.empty()) {
      RedisCommands auth;
      if (address_.user.empty())
        auth.add("AUTH", address_.password);
      else
        auth.add("AUTH", address_.user, address_.password);
      const RedisReply reply = co_await ask(auth);
      if (reply.is_error()) throw RedisError(RedisError::Kind::refused, about("the login is refused: " + reply.str()));
    }
    RedisCommands select;
    select.add("SELECT", address_.database);
    const RedisReply reply = co_await ask(select);
    if (reply.is_error()) throw RedisError(RedisError::Kind::refused, about(reply.str()));
  }

  RedisError lost(const std::string& why) const { return {RedisError::Kind::lost, about(why)}; }
  void close() noexcept {
    watch_.reset();
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  const RedisAddress& address_;
  Loop loop_;
  int fd_ = -1;
  std::optional<Descriptor> watch_;
  RedisParser parser_;
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
