#include "app/side_effects.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <clocale>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "app/finding.hpp"

namespace appserve::app {
namespace {

namespace fs = std::filesystem;

// Those the server answers to, or writes its last words at.
constexpr std::array kOurs{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM, SIGINT, SIGQUIT, SIGHUP};

const void* handler_of(int signal) {
  struct sigaction action{};
  if (::sigaction(signal, nullptr, &action) != 0) return nullptr;
  return (action.sa_flags & SA_SIGINFO) != 0 ? reinterpret_cast<const void*>(action.sa_sigaction)
                                             : reinterpret_cast<const void*>(action.sa_handler);
}

sigset_t current_mask() {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return mask;
}

mode_t current_umask() {
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return mask;
}

std::string current_folder() {
  std::error_code unreadable;
  return fs::current_path(unreadable).string();
}

std::string current_locale() {
  const char* locale = std::setlocale(LC_ALL, nullptr);
  return locale == nullptr ? "" : locale;
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool same(const sigset_t& a, const sigset_t& b) {
  for (int signal = 1; signal < SIGRTMAX; ++signal)
    if (::sigismember(&a, signal) != ::sigismember(&b, signal)) return false;
  return true;
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

}  // namespace

std::map<int, SideEffects::Identity> SideEffects::open_descriptors() {
  std::map<int, Identity> found;
  std::error_code failed;
  for (fs::directory_iterator it("/proc/self/fd", failed), end; !failed && it != end; it.increment(failed)) {
    const std::string name = it->path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    struct stat info{};
    if (::fstat(fd, &info) == 0) found[fd] = {info.st_dev, info.st_ino};
  }
  std::erase_if(found, [](const auto& each) {  // the one the folder was read through
    return ::fcntl(each.first, F_GETFD) < 0;
  });
  return found;
}

SideEffects::SideEffects()
    : mask_(current_mask()),
      umask_(current_umask()),
      folder_(current_folder()),
      locale_(current_locale()),
      descriptors_(open_descriptors()),
      children_(has_children()) {
  for (int signal = 1; signal < 65; ++signal) handlers_.at(static_cast<std::size_t>(signal)) = handler_of(signal);
}

std::vector<Error> SideEffects::since_then(const std::string& library) const {
  std::vector<Error> found;
  const auto tell = [&](const Fault& fault, const std::string& what) {
    found.push_back(finding(fault, library + " " + what));
  };
  for (int signal = 1; signal < 65; ++signal) {
    if (handler_of(signal) == handlers_.at(static_cast<std::size_t>(signal))) continue;
    const bool ours = std::ranges::find(kOurs, signal) != kOurs.end();
    tell(ours ? fault('E', 2008) : fault('W', 2008), "changed what happens at " + signal_name(signal));
  }
  if (!same(current_mask(), mask_)) tell(fault('W', 2008), "changed which signals are blocked");
  if (current_umask() != umask_) tell(fault('W', 2008), "changed the umask");
  if (const std::string now = current_folder(); now != folder_)
    tell(fault('W', 2008), "changed the current folder to " + now);
  if (const std::string now = current_locale(); now != locale_) tell(fault('W', 2008), "changed the locale to " + now);

  const auto open = open_descriptors();
  for (const auto& [fd, identity] : descriptors_) {
    if (open.contains(fd) && open.at(fd) == identity) continue;
    tell(fault('W', 2008), (fd <= STDERR_FILENO ? "changed standard descriptor " : "closed the server's descriptor ") +
                               std::to_string(fd));
  }
  if (!children_ && has_children()) tell(fault('W', 2009), "started a process");
  return found;
}

}  // namespace appserve::app
