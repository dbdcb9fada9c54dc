// When a worker that ended is started again, and which app is to blame for too many ends. Time is a parameter.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "supervisor/message.hpp"

namespace appserve::supervisor {

/// Of one slot. At once after a life of some length; a slot whose workers live for moments only, or do not even become
/// ready, waits 1 s, 2 s, 4 s … 60 s.
class BackOff {
 public:
  /// A worker ended after it had served for this long; none: it never became ready. How long to wait.
  Duration ended(std::optional<Duration> served);

 private:
  unsigned strikes_ = 0;
};

/// Which apps a generation's workers start without, because they ended their workers again and again.
class Quarantine {
 public:
  explicit Quarantine(std::size_t apps) : apps_(apps) {}

  /// The app ended a worker that had served for this long. True when the app is closed from now on. An app that is
  /// alone is closed only when its workers live for moments: nobody else would gain by it.
  bool blame(std::size_t app, Duration served, Time now);
  bool closed(std::size_t app) const { return records_.contains(app) && records_.at(app).closed; }
  /// What workers that start now are told.
  std::vector<Start::Closed> closed(Time now) const;
  /// When the next closed app is due for another try.
  std::optional<Time> next_try() const;
  /// Opens those that are due. True when there was one.
  bool open_due(Time now);
  /// How long the app stays closed.
  Duration remaining(std::size_t app, Time now) const;

 private:
  struct Record {
    std::deque<Time> ends;
    unsigned short_lives = 0;
    unsigned times_closed = 0;
    bool closed = false;
    Time until{};
  };

  std::size_t apps_;
  std::map<std::size_t, Record> records_;
};

}  // namespace appserve::supervisor
