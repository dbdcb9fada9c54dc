#include "supervisor/crash_policy.hpp"

#include <algorithm>

namespace appserve::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr Duration kMoment = 500ms;       // a shorter life counts as none
constexpr unsigned kMomentsForgiven = 3;  // before a slot waits
constexpr Duration kLongestWait = 60s;
constexpr Duration kWindow = 10s;
constexpr std::size_t kEndsInWindow = 3;
constexpr Duration kForgotten = 60s;  // after so long without an end, an app begins anew

Duration doubled(unsigned times) { return std::min<Duration>(1s * (1u << std::min(times, 6u)), kLongestWait); }

}  // namespace

Duration BackOff::ended(std::optional<Duration> served) {
  if (served && *served >= kMoment) {
    strikes_ = 0;
    return 0s;
  }
  strikes_ = std::max(strikes_ + 1, served ? 1 : kMomentsForgiven + 1);
  return strikes_ <= kMomentsForgiven ? 0s : doubled(strikes_ - kMomentsForgiven - 1);
}

bool Quarantine::blame(std::size_t app, Duration served, Time now) {
  Record& record = records_[app];
  if (record.closed) return false;
  if (record.ends.empty() || now - record.ends.back() > kForgotten) record.times_closed = 0;
  record.ends.push_back(now);
  while (now - record.ends.front() > kWindow) record.ends.pop_front();
  record.short_lives = served < kMoment ? record.short_lives + 1 : 0;
  const bool worth_it = apps_ > 1 || record.short_lives >= kEndsInWindow;
  if (record.ends.size() < kEndsInWindow || !worth_it) return false;
  record.closed = true;
  record.until = now + doubled(record.times_closed++);
  return true;
}

std::vector<Start::Closed> Quarantine::closed(Time now) const {
  std::vector<Start::Closed> closed;
  for (const auto& [app, record] : records_)
    if (record.closed) {
      const auto left = std::chrono::ceil<std::chrono::seconds>(remaining(app, now)).count();
      closed.push_back({static_cast<std::uint32_t>(app), static_cast<std::uint32_t>(std::max<std::int64_t>(left, 1))});
    }
  return closed;
}

std::optional<Time> Quarantine::next_try() const {
  std::optional<Time> next;
  for (const auto& [app, record] : records_)
    if (record.closed) next = next ? std::min(*next, record.until) : record.until;
  return next;
}

bool Quarantine::open_due(Time now) {
  bool opened = false;
  for (auto& [app, record] : records_)
    if (record.closed && record.until <= now) {
      record.closed = false;
      opened = true;
    }
  return opened;
}

Duration Quarantine::remaining(std::size_t app, Time now) const {
  const auto record = records_.find(app);
  return record == records_.end() || !record->second.closed ? Duration(0) : record->second.until - now;
}

}  // namespace appserve::supervisor
