#include "base/progress.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/utf8.hpp"

namespace appserve {
namespace {

using namespace std::chrono_literals;

constexpr auto kSoon = 1s;        // on a terminal
constexpr auto kNowAndThen = 5s;  // elsewhere; then after twice as long, and so on
constexpr std::size_t kUsualWidth = 80;

// A stopped terminal takes nothing: nobody waits for it.
void put(std::string_view bytes) {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) == 1 && ::write(STDERR_FILENO, bytes.data(), bytes.size()) < 0) return;
}

// Of a server in the background the lines would come between what somebody types.
bool in_foreground() {
  const pid_t group = ::tcgetpgrp(STDERR_FILENO);
  return group < 0 || group == ::getpgrp();
}

// A line that wraps could not be taken away again.
std::size_t width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
}

void show(const Progress::Work& work, std::int64_t seconds) {
  if (!in_foreground()) return;
  const std::string count = fmt::format("   {} s", seconds);
  std::string line = escape_control(fmt::format("  {:<8} {}", work.label, work.text));
  line.resize(std::min(line.size(), utf8::byte_offset(line, width() - std::min(width(), count.size() + 1))));
  put(fmt::format("{}\033[2m{}{}\033[0m", kClearLine, line, count));
}

}  // namespace

Progress::Progress(bool in_place, Tell tell) : in_place_(in_place), tell_(std::move(tell)) {}

void Progress::at(const Work& work, Time now) {
  if (!in_place_ && !tell_) return;
  if (!began_) {
    began_ = now;
    next_ = now + (in_place_ ? Duration(kSoon) : Duration(kNowAndThen));
  }
  const std::string words = work.label + ' ' + work.text;
  const bool changed = !shown_.empty() && shown_ != words;
  if (now < *next_ && !changed) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - *began_);
  next_ = *began_ + (in_place_ ? Duration(seconds + 1s) : 2 * (now - *began_));
  if (!in_place_)
    return tell_(work.label, fmt::format("{}{}{} s so far", work.text, work.text.empty() ? "" : ", ", seconds.count()));
  show(work, seconds.count());
  shown_ = words;
}

void Progress::done() {
  began_.reset();
  next_.reset();
  if (!std::exchange(shown_, {}).empty() && in_foreground()) put(kClearLine);
}

}  // namespace appserve
