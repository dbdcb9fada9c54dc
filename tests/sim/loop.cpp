// loop/event_loop.hpp and loop/poller.hpp over a World instead of epoll and the kernel's clock. Linked before the
// room's own objects; a member that is missing here is a duplicate symbol there.
#ifdef __clang__  // the loop's own members have no user where another loop takes its place
#pragma clang diagnostic ignored "-Wunused-private-field"
#endif
#include "loop/event_loop.hpp"
#include "sim/world.hpp"

namespace appserve::loop {

using sim::World;

EventLoop::EventLoop(unsigned index) : index_(index), sockets_(context_), ticker_(context_) {
  now_ = World::current().now();
}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
  World& world = World::current();
  do {
    now_ = world.now();
    tick();
  } while (!world.stopped() && world.turn(wheel_.empty() ? Time::max() : now_ + TimerWheel::kTick));
  now_ = world.now();
}

void EventLoop::stop() { World::current().stop(); }

void EventLoop::post(void (*fn)(void* arg), void* arg) { World::current().post(fn, arg); }

bool EventLoop::is_home() const { return true; }

void EventLoop::wait_for_sockets() {}

void EventLoop::tick() { wheel_.advance(now_); }

Poller::Poller() = default;

Poller::Token Poller::add(int fd, std::uint32_t events, Watcher& watcher) {
  return World::current().watch(fd, events, watcher);
}

void Poller::modify(Token, int fd, std::uint32_t events) { World::current().modify(fd, events); }

void Poller::remove(Token, int fd) { World::current().unwatch(fd); }

int Poller::poll() { return 0; }

}  // namespace appserve::loop
