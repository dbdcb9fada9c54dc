#include "loop/observer.hpp"

namespace appserve::loop {

void Observer::sleep(Duration at_most) {
  asleep_ = true;
  nap(at_most);
  asleep_ = false;
}

void Observer::nap(Duration time) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, time, [this] { return called_; });
  called_ = false;
}

void Observer::wake() {
  asleep_ = false;
  {
    const std::lock_guard lock(mutex_);
    called_ = true;
  }
  woken_.notify_one();
}

}  // namespace appserve::loop
