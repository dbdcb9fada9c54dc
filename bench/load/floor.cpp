// The floor under every HTTP server: one thread, one epoll set, a scan for the blank line, constant answers. No limits,
// no deadlines, no checks. What a server costs above this is what its features cost.
//   floor PORT [close]      close: one request per connection
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

struct Client {
  std::string in, out;  // what is incomplete, what the socket did not take
  bool over = false;
};

std::string answer(std::string_view type, std::string_view body) {
  return "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Type: " +
         std::string(type) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class Floor {
 public:
  Floor(std::uint16_t port, bool closes) : closes_(closes), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 1024) != 0) {
      std::perror("floor");
      std::exit(1);
    }
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  void run() {
    std::array<epoll_event, 512> events{};
    for (;;) {
      const int ready = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_)
          accept();
        else if ((events[static_cast<std::size_t>(i)].events & EPOLLOUT) != 0)
          flush(fd);
        else
          receive(fd);
      }
    }
  }

 private:
  void watch(int how, int fd, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, how, fd, &event);
  }

  void accept() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd >= 0) watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  }

  void receive(int fd) {
    const ssize_t got = ::recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) return drop(fd);
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
    const auto waiting = partial_.find(fd);
    if (waiting != partial_.end() && !waiting->second.in.empty()) bytes = waiting->second.in.append(bytes);
    out_.clear();
    std::string_view rest = bytes;
    while (const std::size_t used = one(rest)) rest.remove_prefix(used);
    if (!rest.empty())
      partial_[fd].in = std::string(rest);
    else if (waiting != partial_.end())
      waiting->second.in.clear();
    if (!out_.empty()) send(fd);
  }

  // Answers the first request of `bytes`; how long it was, 0 when it is incomplete.
  std::size_t one(std::string_view bytes) {
    const std::size_t blank = bytes.find("\r\n\r\n");
    if (blank == bytes.npos) return 0;
    const std::size_t head = blank + 4;
    if (bytes.starts_with("POST")) {
      const std::size_t field = bytes.find("Content-Length: ");
      const std::size_t length = field == bytes.npos ? 0 : std::strtoul(bytes.data() + field + 16, nullptr, 10);
      if (bytes.size() < head + length) return 0;
      out_ += answer("application/octet-stream", bytes.substr(head, length));
      return head + length;
    }
    const char what = bytes.size() > 5 ? bytes[5] : 'p';  // "GET /plaintext"
    out_ += what == 'j' ? json_ : what == 'b' ? blob_ : plaintext_;
    return head;
  }

  void send(int fd) {
    const ssize_t sent = ::send(fd, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(out_.size())) {
      if (closes_) drop(fd);
      return;
    }
    if (sent < 0 && errno != EAGAIN) return drop(fd);
    partial_[fd].out = out_.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
  }

  void flush(int fd) {
    std::string& rest = partial_[fd].out;
    const ssize_t sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return drop(fd);
    if (sent > 0) rest.erase(0, static_cast<std::size_t>(sent));
    if (!rest.empty()) return;
    if (closes_) return drop(fd);
    watch(EPOLL_CTL_MOD, fd, EPOLLIN);
  }

  void drop(int fd) {
    partial_.erase(fd);
    ::close(fd);
  }

  bool closes_;
  int listener_;
  int epoll_ = ::epoll_create1(0);
  std::array<char, 64 * 1024> buffer_{};
  std::string out_;
  std::unordered_map<int, Client> partial_;
  const std::string plaintext_ = answer("text/plain", "Hello, World!");
  const std::string json_ = answer("application/json", R"({"message":"Hello, World!"})");
  const std::string blob_ = answer("application/octet-stream", std::string(1 << 20, 'x'));
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  Floor(static_cast<std::uint16_t>(std::atoi(argv[1])), argc > 2).run();
}
