// Asks the apps once a second whether they are well, on a thread of its own: their answer may take time.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/plugin_app.hpp"
#include "base/clock.hpp"

namespace appserve::runtime {

class HealthWatch {
 public:
  /// The apps outlive it. One that has not answered for `patience` is not well.
  explicit HealthWatch(const std::vector<app::PluginApp*>& apps, Duration patience = std::chrono::seconds(5));
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;
  /// Waits for a question that is still open.
  ~HealthWatch();

  /// [any thread] What the apps complained of when they were last asked; also who does not answer.
  std::vector<std::string> problems();

 private:
  void watch();
  std::vector<std::string> ask_all();

  const std::vector<app::PluginApp*> apps_;
  const Duration patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> problems_;
  std::string asked_;  // who is being asked
  Time since_{};
  bool over_ = false;
  std::thread thread_;
};

}  // namespace appserve::runtime
