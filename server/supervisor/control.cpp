#include "supervisor/control.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/poll_time.hpp"

namespace appserve::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "ctl-", kSuffix = ".sock";
constexpr std::size_t kLongest = 128 * 1024;  // bytes of a message

std::string path_of(const std::string& folder, pid_t pid) {
  return folder + "/" + std::string(kPrefix) + std::to_string(pid) + std::string(kSuffix);
}

std::string error_text(int number) { return std::strerror(number); }

bool fill(sockaddr_un& address, const std::string& path) {
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

UniqueFd connect_to(const std::string& path) {
  sockaddr_un address{};
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fill(address, path) || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fd.reset();
  return fd;
}

std::vector<std::string> sockets_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) found.push_back(it->path().string());
  }
  return found;
}

// Of the server's own user, or root: nobody else has any business here.
bool is_trusted(int client) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
}

struct Received {
  std::string text;    // empty: nothing has come yet, or
  bool ended = false;  // nothing will come any more
};

Received receive(int fd) {
  std::string message(kLongest, '\0');
  ssize_t got = -1;
  do got = ::recv(fd, message.data(), message.size(), 0);
  while (got < 0 && errno == EINTR);
  message.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return {std::move(message), got == 0 || (got < 0 && errno != EAGAIN)};
}

void wait_for_answer(int fd, Progress& progress) {
  pollfd answer{fd, POLLIN, 0};
  do {
    progress.at({"waiting", "for new workers"}, Clock::now());
  } while (::poll(&answer, 1, milliseconds_until(progress.next(), Clock::now())) <= 0);
  progress.done();
}

}  // namespace

Result<Control, std::string> Control::open(const std::string& folder) {
  for (const std::string& path : sockets_in(folder))
    if (!connect_to(path)) ::unlink(path.c_str());
  const std::string path = path_of(folder, ::getpid());
  sockaddr_un address{};
  if (!fill(address, path)) return Failure<std::string>("its path is too long: " + path);
  UniqueFd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const mode_t before = ::umask(0177);
  const bool bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::umask(before);
  struct stat status{};
  if (!bound || ::listen(listener.get(), 16) != 0 || ::lstat(path.c_str(), &status) != 0)
    return Failure<std::string>(path + ": " + error_text(error));
  return Control(std::move(listener), OwnedPath(path, status.st_dev, status.st_ino));
}

std::vector<int> Control::descriptors() const {
  std::vector<int> all{listener_.get()};
  for (const auto& [fd, client] : clients_) all.push_back(fd);
  return all;
}

int Control::adopt_client(UniqueFd client) {
  const int fd = client.get();
  clients_.emplace(fd, std::move(client));
  return fd;
}

void Control::let_in() {
  for (;;) {
    UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) return;
    if (is_trusted(client.get())) clients_.emplace(client.get(), std::move(client));
  }
}

std::vector<Control::Question> Control::questions() {
  let_in();
  std::vector<Question> asked;
  std::vector<int> gone;
  for (const auto& [fd, client] : clients_) {
    auto [text, ended] = receive(fd);
    if (ended)
      gone.push_back(fd);
    else if (!text.empty())
      asked.push_back({fd, std::move(text)});
  }
  for (const int fd : gone) clients_.erase(fd);
  return asked;
}

void Control::answer(int client, int exit, const std::string& text) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  const std::string message = std::to_string(exit) + "\n" + text.substr(0, kLongest - 16);
  ::send(client, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  clients_.erase(found);
}

Result<Answer, std::string> ask(const std::string& folder, pid_t pid, const std::string& question, Progress* progress) {
  std::vector<UniqueFd> servers;
  for (const std::string& path : pid != 0 ? std::vector{path_of(folder, pid)} : sockets_in(folder))
    if (UniqueFd server = connect_to(path)) servers.push_back(std::move(server));
  if (servers.empty()) return Failure<std::string>("no server answers in " + folder);
  if (servers.size() > 1)
    return Failure<std::string>(std::to_string(servers.size()) + " servers answer in " + folder + ": say which, --pid");
  const int fd = servers.front().get();
  if (::send(fd, question.data(), question.size(), MSG_NOSIGNAL) < 0)
    return Failure<std::string>("the server is gone: " + error_text(errno));
  if (progress != nullptr) wait_for_answer(fd, *progress);
  const std::string reply = receive(fd).text;
  if (reply.empty()) return Failure<std::string>("the server ended before it answered");
  Answer answer;
  const std::size_t line = reply.find('\n');
  std::from_chars(reply.data(), reply.data() + std::min(line, reply.size()), answer.exit);
  if (line != reply.npos) answer.text = reply.substr(line + 1);
  return answer;
}

}  // namespace appserve::supervisor
