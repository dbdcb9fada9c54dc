// The time of day as logs write it. Rendered once a second, whoever asks how often.
#pragma once
#include <chrono>
#include <string>

namespace appserve::journal {

class SecondText {
 public:
  using Moment = std::chrono::system_clock::time_point;

  void set(Moment now);
  const std::string& iso() const { return iso_; }  // "2026-11-21T14:32:28"
  const std::string& clf() const { return clf_; }  // "21/Nov/2026:14:32:28"
  int millisecond() const { return millisecond_; }

 private:
  std::chrono::sys_seconds second_{};
  std::string iso_, clf_;
  int millisecond_ = 0;
};

}  // namespace appserve::journal
