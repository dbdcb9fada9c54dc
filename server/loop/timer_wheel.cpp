#include "loop/timer_wheel.hpp"

#include <algorithm>
#include <utility>

namespace appserve::loop {
namespace {

Time round_up(Time time) {
  const auto since = time.time_since_epoch();
  const auto ticks = (since + TimerWheel::kTick - Duration(1)) / TimerWheel::kTick;
  return Time(ticks * Duration(TimerWheel::kTick));
}

}  // namespace

void Deadline::disarm() {
  if (link_ != nullptr) wheel_->unlink(*this);
}

std::size_t TimerWheel::slot_of(Time time) const {
  return static_cast<std::size_t>(time.time_since_epoch() / kTick) % kSlots;
}

void TimerWheel::arm(Deadline& deadline, Time due) {
  deadline.due_ = round_up(due);
  if (deadline.link_ != nullptr) {
    if (deadline.slot_time_ <= deadline.due_) return;  // comes up too early and is moved on then
    unlink(deadline);
  }
  insert(deadline);
}

void TimerWheel::insert(Deadline& deadline) {
  deadline.slot_time_ = std::max(deadline.due_, turned_ + Duration(kTick));
  Deadline*& head = slots_[slot_of(deadline.slot_time_)];
  deadline.wheel_ = this;
  deadline.next_ = head;
  if (head != nullptr) head->link_ = &deadline.next_;
  head = &deadline;
  deadline.link_ = &head;
  ++count_;
}

void TimerWheel::unlink(Deadline& deadline) {
  *deadline.link_ = deadline.next_;
  if (deadline.next_ != nullptr) deadline.next_->link_ = deadline.link_;
  deadline.next_ = nullptr;
  deadline.link_ = nullptr;
  --count_;
}

bool TimerWheel::advance(Time now, std::size_t most) {
  const Time last = now - now.time_since_epoch() % Duration(kTick);
  if (turned_ == Time{}) turned_ = last - Duration(kTick);
  turned_ = std::max(turned_, last - static_cast<int>(kSlots) *
                                         Duration(kTick));  // after a long sleep one whole turn reaches every slot
  while (true) {
    while (pending_ != nullptr) {
      if (most == 0) return true;
      Deadline& deadline = *pending_;
      unlink(deadline);
      if (deadline.due_ > now) {
        insert(deadline);
      } else {
        --most;
        deadline.on_deadline();
      }
    }
    if (turned_ >= last) return false;
    turned_ += kTick;
    // The list is taken over whole, so that callbacks may arm, disarm and destroy whatever they like.
    pending_ = std::exchange(slots_[slot_of(turned_)], nullptr);
    if (pending_ != nullptr) pending_->link_ = &pending_;
  }
}

}  // namespace appserve::loop
