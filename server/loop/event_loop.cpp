#include "loop/event_loop.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <asio/post.hpp>

namespace appserve::loop {
namespace {

constinit thread_local const EventLoop* here = nullptr;  // the loop this thread runs

}  // namespace

EventLoop::EventLoop(unsigned index) : index_(index), sockets_(context_, poller_.fd()), ticker_(context_) {}

EventLoop::~EventLoop() { sockets_.release(); }  // the epoll set is the poller's

void EventLoop::run() {
  thread_ = static_cast<int>(::syscall(SYS_gettid));
  here = this;
  wait_for_sockets();
  context_.run();
  here = nullptr;
}

void EventLoop::stop() { context_.stop(); }

void EventLoop::post(void (*fn)(void* arg), void* arg) {
  asio::post(context_, [this, fn, arg] {
    const Turn turn(*this);
    fn(arg);
    if (!ticking_) tick();
  });
}

bool EventLoop::is_home() const { return here == this; }

void EventLoop::wait_for_sockets() {
  sockets_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const asio::error_code& error) {
    if (error) return;
    const Time began = Clock::now();
    while (poll_sockets() && Clock::now() < began + kLookAgain) {  // what is posted does not wait longer
    }
    wait_for_sockets();
  });
}

// True when there is so much to do that it is worth looking again before Asio does, at three system calls a look.
bool EventLoop::poll_sockets() {
  const Turn turn(*this);
  const bool busy = poller_.poll() > 1;
  if (!ticking_) tick();
  return busy;
}

void EventLoop::tick() {
  ticking_ = !wheel_.empty();
  if (!ticking_) return;
  ticker_.expires_after(TimerWheel::kTick);
  ticker_.async_wait([this](const asio::error_code& error) {
    if (!error) turn_wheel();
  });
}

// Sockets have their turn between the parts of many deadlines.
void EventLoop::turn_wheel() {
  const Turn turn(*this);
  if (wheel_.advance(now_, kDeadlinesAtOnce))
    asio::post(context_, [this] { turn_wheel(); });
  else
    tick();
}

}  // namespace appserve::loop
