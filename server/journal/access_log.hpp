// One loop's access log: lines are collected and leave together. What its file does not take is dropped and counted;
// a request never waits for it.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/line_file.hpp"
#include "base/log.hpp"
#include "journal/access_format.hpp"
#include "journal/second_text.hpp"

namespace appserve::journal {

class AccessLog {
 public:
  /// `path` "-": standard output. `skip`: paths whose requests are not logged when they were answered well (probes).
  /// Everything given outlives it.
  AccessLog(const AccessFormat& format, const std::string& path, const std::vector<std::string>& skip, Log& log);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  ~AccessLog() { flush(Time::max()); }

  /// Writes the line, which ended just now. False: it was dropped.
  bool write(AccessLine line, Time now);
  /// There is something to flush.
  bool pending() const { return !lines_.empty(); }
  void flush(Time now);
  void reopen() { file_.reopen(); }

 private:
  static constexpr std::size_t kBuffer = 32 * 1024;
  static constexpr std::chrono::seconds kCompareEvery{1};

  bool skips(const AccessLine& line) const;
  void look_at_clock(Time now);

  const AccessFormat& format_;
  const std::vector<std::string>& skip_;
  std::string name_;
  LineFile file_;
  Log& log_;
  SecondText clock_;
  Time looked_ = Time::min(), compared_ = Time::min();
  Duration difference_{};
  std::string lines_;
  bool stuck_ = false;         // since the last flush
  std::uint64_t dropped_ = 0;  // not told yet
};

}  // namespace appserve::journal
