#include "supervisor/watch.hpp"

#include <sys/inotify.h>

#include <array>
#include <cstring>

namespace appserve::supervisor {
namespace {

constexpr Duration kRest = std::chrono::milliseconds(200);

}  // namespace

Watch::Watch() : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

void Watch::files(const std::vector<std::string>& paths) {
  for (const auto& [folder, names] : names_) ::inotify_rm_watch(fd_.get(), folder);
  names_.clear();
  due_.reset();
  for (const std::string& path : paths) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    const int watched = ::inotify_add_watch(fd_.get(), folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_MODIFY);
    if (watched >= 0) names_[watched].insert(path.substr(slash == path.npos ? 0 : slash + 1));
  }
}

void Watch::look(Time now) {
  alignas(inotify_event) std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      const auto folder = names_.find(event.wd);
      if (event.len > 0 && folder != names_.end() && folder->second.contains(name)) due_ = now + kRest;
      at += sizeof event + event.len;
    }
  }
}

bool Watch::changed(Time now) {
  if (!due_ || now < *due_) return false;
  due_.reset();
  return true;
}

}  // namespace appserve::supervisor
