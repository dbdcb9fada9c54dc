#include "supervisor/post.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "supervisor/memory_file.hpp"

namespace appserve::supervisor {
namespace {

constexpr int kMoreLikelyToBeEnded = 200;  // than the supervisor, when memory is short
constexpr int kHighestScore = 1000;

bool is_channel(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

void spare_the_supervisor() {
  int score = 0;
  std::ifstream("/proc/self/oom_score_adj") >> score;
  std::ofstream("/proc/self/oom_score_adj") << std::min(score + kMoreLikelyToBeEnded, kHighestScore);
}

UniqueFd next(std::vector<UniqueFd>& descriptors) {
  if (descriptors.empty()) return {};
  UniqueFd fd = std::move(descriptors.front());
  descriptors.erase(descriptors.begin());
  return fd;
}

}  // namespace

std::optional<Post> Post::inherited() {
  const char* text = std::getenv(kWorkerVariable);
  if (text == nullptr) return std::nullopt;
  int fd = -1;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), fd);
  if (!is_channel(fd)) return std::nullopt;
  ::unsetenv(kWorkerVariable);
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  for (const int signal : {SIGINT, SIGQUIT, SIGHUP}) std::signal(signal, SIG_IGN);
  spare_the_supervisor();
  ::prctl(PR_SET_NAME, "appserve");  // not after the link it was run by
  std::optional<Post> post(Post{UniqueFd(fd)});
  post->receive_start();
  return post;
}

void Post::receive_start() {
  channel_.wait();
  Channel::Received received = channel_.receive();
  const auto* start = std::get_if<Start>(&received.message);
  if (received.state != Channel::Received::State::message || start == nullptr) return;
  start_ = *start;
  if (start_.has_config) config_ = read_all(next(received.descriptors).get());
  last_words_ = next(received.descriptors);
  if (start_.has_scoreboard) scoreboard_ = next(received.descriptors);
  if (start_.has_admin) admin_ = next(received.descriptors);
  wanted_ = true;
}

}  // namespace appserve::supervisor
