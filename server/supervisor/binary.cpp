#include "supervisor/binary.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/background.hpp"
#include "base/identity.hpp"
#include "supervisor/memory_file.hpp"

namespace appserve::supervisor {
namespace {

constexpr const char* kVariable = "APPSERVE_UPGRADE";  // the state's descriptor, or the question
constexpr std::string_view kQuestion = "?";
constexpr int kPatience = 5000;  // ms for the file's answer

std::string answer() { return fmt::format("appserve handover {}\n", kHandover); }

// What it prints before it ends, or before the patience does.
std::string output_of(int fd) {
  std::string text;
  std::array<char, 256> piece{};
  for (pollfd readable{fd, POLLIN, 0}; ::poll(&readable, 1, kPatience) > 0;) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got <= 0 || text.size() > 4096) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

void keep_open(const std::vector<int>& descriptors, bool open) {
  for (const int fd : descriptors) ::fcntl(fd, F_SETFD, open ? 0 : FD_CLOEXEC);
}

}  // namespace

Binary::Binary(char* const* arguments) : arguments_(arguments) {
  std::error_code failed;
  path_ = std::filesystem::read_symlink("/proc/self/exe", failed).string();
  if (failed) path_ = arguments[0];
}

std::optional<std::string> Binary::unusable() const {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::strerror(errno);
  const UniqueFd out(pipe[0]);
  UniqueFd in(pipe[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDOUT_FILENO);
  std::string question = fmt::format("{}={}", kVariable, kQuestion), name = path_;
  std::vector<char*> environment{question.data()};
  for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
  environment.push_back(nullptr);
  std::string version = "--version";
  const std::array<char*, 3> words{name.data(), version.data(), nullptr};
  pid_t pid = 0;
  const int error = [&] {
    const Background background;  // others serve meanwhile
    return ::posix_spawn(&pid, path_.c_str(), &actions, nullptr, words.data(), environment.data());
  }();
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fmt::format("{}: {}", path_, std::strerror(error));
  in.reset();
  const std::string said = output_of(out.get());
  ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (said != answer()) return fmt::format("{} does not say that it can", path_);
  return std::nullopt;
}

std::string Binary::take_over(const Legacy& legacy) const {
  const UniqueFd state = memory_file("legacy", legacy.bytes);
  if (!state) return std::strerror(errno);
  std::vector<int> descriptors = legacy.descriptors;
  descriptors.push_back(state.get());
  ::setenv(kVariable, std::to_string(state.get()).c_str(), 1);
  keep_open(descriptors, true);
  const AsRoot root;
  ::execv(path_.c_str(), arguments_);
  const int error = errno;
  keep_open(descriptors, false);
  ::unsetenv(kVariable);
  return fmt::format("{}: {}", path_, std::strerror(error));
}

bool answered_probe() {
  const char* text = std::getenv(kVariable);
  if (text == nullptr || text != kQuestion) return false;
  std::fputs(answer().c_str(), stdout);
  std::fflush(stdout);
  return true;
}

std::optional<Inheritance> inherited() {
  const char* text = std::getenv(kVariable);
  if (text == nullptr) return std::nullopt;
  int fd = -1;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), fd);
  ::unsetenv(kVariable);
  if (fd <= STDERR_FILENO) return std::nullopt;
  const UniqueFd state(fd);
  return inherit(read_all(state.get()));
}

}  // namespace appserve::supervisor
