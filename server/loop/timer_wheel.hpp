// Coarse deadlines for many objects: arming is a store, not a system call. Pure: time comes in as a parameter.
//
// An armed Deadline sits in the slot of the time it was first armed for. Moving it later only changes its due time;
// when its slot comes up too early it is put into a later one. So a connection that re-arms on every request pays
// nothing.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace appserve::loop {

class TimerWheel;

/// A member of the object that has the deadline. Disarms itself when destroyed.
class Deadline {
 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  virtual ~Deadline() { disarm(); }

  void disarm();
  bool armed() const { return link_ != nullptr; }

 private:
  friend class TimerWheel;
  /// [home] The due time passed; the deadline is disarmed and may be armed again here. The object may destroy itself.
  virtual void on_deadline() = 0;

  Deadline* next_ = nullptr;
  Deadline** link_ = nullptr;  // the pointer that points here; null: in no slot, not armed
  TimerWheel* wheel_ = nullptr;
  Time due_{};
  Time slot_time_{};
};

class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{100};

  /// `due` is rounded up to the next tick; a deadline never comes early and at most about one tick late.
  void arm(Deadline& deadline, Time due);
  /// Delivers what is due at `now`, but no more than `most` at once. False: nothing of it is left; else call again
  /// soon.
  bool advance(Time now, std::size_t most = SIZE_MAX);
  /// Nothing in any slot: no tick is needed.
  bool empty() const { return count_ == 0; }

 private:
  friend class Deadline;
  static constexpr std::size_t kSlots = 1024;
  void insert(Deadline& deadline);
  void unlink(Deadline& deadline);
  std::size_t slot_of(Time time) const;

  std::array<Deadline*, kSlots> slots_{};
  Deadline* pending_ = nullptr;  // taken out of a slot, still to be looked at
  std::size_t count_ = 0;
  Time turned_{};  // everything up to here is delivered
};

}  // namespace appserve::loop
