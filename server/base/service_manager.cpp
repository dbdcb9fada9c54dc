#include "base/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace appserve {
namespace {

constexpr const char *kSocket = "NOTIFY_SOCKET", *kPatience = "WATCHDOG_USEC", *kWatched = "WATCHDOG_PID";

std::string taken_from_environment(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<unsigned long long> number(const std::string& text) {
  unsigned long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  const std::string address = taken_from_environment(kSocket);
  const auto patience = number(taken_from_environment(kPatience));
  const auto watched = number(taken_from_environment(kWatched));
  const bool path = address.starts_with('/') || address.starts_with('@');
  if (!path || address.size() >= sizeof(sockaddr_un::sun_path)) return manager;
  manager.socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  manager.address_ = address;
  if (manager.address_[0] == '@') manager.address_[0] = '\0';  // the abstract namespace, unix(7)
  const bool ours = !watched || *watched == static_cast<unsigned long long>(::getpid());
  if (patience && *patience > 1 && ours) manager.watchdog_ = std::chrono::microseconds(*patience / 2);
  return manager;
}

void ServiceManager::hand_on() const {
  if (!present()) return;
  std::string address = address_;
  if (address[0] == '\0') address[0] = '@';
  ::setenv(kSocket, address.c_str(), 1);
  if (watchdog_) ::setenv(kPatience, std::to_string(watchdog_->count() * 2).c_str(), 1);
}

void ServiceManager::keep() const {
  ::unsetenv(kSocket);
  ::unsetenv(kPatience);
}

void ServiceManager::ready() { tell("READY=1"); }

void ServiceManager::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const long long micros = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros));
}

void ServiceManager::stopping() { tell("STOPPING=1"); }

void ServiceManager::alive() { tell("WATCHDOG=1"); }

void ServiceManager::status(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  tell("STATUS=" + line);
}

// A manager that is gone or slow must not hold the server up: what cannot be sent now is not sent.
void ServiceManager::tell(const std::string& state) {
  if (!present()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  (void)::sendto(socket_.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace appserve
