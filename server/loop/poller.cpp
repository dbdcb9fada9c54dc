#include "loop/poller.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace appserve::loop {
namespace {

constexpr int kBatch = 256;

std::uint32_t slot_of(Poller::Token token) { return static_cast<std::uint32_t>(token); }
std::uint32_t generation_of(Poller::Token token) { return static_cast<std::uint32_t>(token >> 32); }
Poller::Token make_token(std::uint32_t slot, std::uint32_t generation) {
  return (static_cast<Poller::Token>(generation) << 32) | slot;
}

}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

Poller::Token Poller::add(int fd, std::uint32_t events, Watcher& watcher) {
  if (free_.empty()) {
    slots_.emplace_back();
    free_.reserve(slots_.size());  // so that remove() cannot fail
    free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  const std::uint32_t index = free_.back();
  const Token token = make_token(index, slots_[index].generation);
  epoll_event event{};
  event.events = events;
  event.data.u64 = token;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    throw std::system_error(errno, std::system_category(), "epoll_ctl");
  free_.pop_back();
  slots_[index].watcher = &watcher;
  return token;
}

void Poller::modify(Token token, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove(Token token, int fd) {
  epoll_event unused{};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
  Slot& slot = slots_[slot_of(token)];
  slot.watcher = nullptr;
  ++slot.generation;
  free_.push_back(slot_of(token));
}

int Poller::poll() {
  std::array<epoll_event, kBatch> events;  // NOLINT: filled by the kernel
  const int ready = ::epoll_wait(epoll_.get(), events.data(), kBatch, 0);
  for (int i = 0; i < ready; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    const Slot slot = slots_[slot_of(event.data.u64)];
    if (slot.watcher != nullptr && slot.generation == generation_of(event.data.u64))
      slot.watcher->on_events(event.events);
  }
  return ready > 0 ? ready : 0;
}

}  // namespace appserve::loop
