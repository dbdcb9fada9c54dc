#include "journal/access_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace appserve::journal {

AccessLog::AccessLog(const AccessFormat& format, const std::string& path, const std::vector<std::string>& skip,
                     Log& log)
    : format_(format),
      skip_(skip),
      name_(path == "-" ? "standard output" : path),
      file_(path == "-" ? LineFile(STDOUT_FILENO) : LineFile(path)),
      log_(log) {
  lines_.reserve(kBuffer + AccessFormat::kLongest);
}

bool AccessLog::skips(const AccessLine& line) const {
  const std::string_view path = line.target.substr(0, line.target.find('?'));
  return line.status >= 200 && line.status < 400 && std::ranges::find(skip_, path) != skip_.end();
}

// The time of day, by a clock that is read once a turn; how the two differ is looked at once a second.
void AccessLog::look_at_clock(Time now) {
  if (now == looked_) return;
  looked_ = now;
  if (now >= compared_ + kCompareEvery || now < compared_) {
    compared_ = now;
    difference_ = std::chrono::system_clock::now().time_since_epoch() - now.time_since_epoch();
  }
  clock_.set(SecondText::Moment(now.time_since_epoch() + difference_));
}

bool AccessLog::write(AccessLine line, Time now) {
  if (!skip_.empty() && skips(line)) return true;
  look_at_clock(now);
  line.second = clock_.iso();
  line.clf_second = clock_.clf();
  line.millisecond = clock_.millisecond();
  const std::size_t before = lines_.size();
  format_.append(lines_, line);
  if (lines_.size() <= kBuffer) return true;
  if (!stuck_) flush(now);  // a file that is stuck is tried again by the next tick, not by every request
  if (lines_.size() <= kBuffer) return true;
  lines_.resize(before);
  if (++dropped_ == 1)
    log_.write(fault('W', 6005),
               fmt::format("the access log, {}: {}; lines are dropped and counted until it takes them", name_,
                           file_.why_not()));
  return false;
}

void AccessLog::flush(Time now) {
  lines_.erase(0, file_.write(lines_, now));
  stuck_ = !lines_.empty();
  if (stuck_ || dropped_ == 0) return;
  log_.write(fault('W', 6005),
             fmt::format("the access log, {}: takes lines again; {} were dropped", name_, std::exchange(dropped_, 0)));
}

}  // namespace appserve::journal
