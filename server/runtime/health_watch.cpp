#include "runtime/health_watch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace appserve::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kEvery = 1s;

std::vector<app::PluginApp*> those_with_an_answer(const std::vector<app::PluginApp*>& apps) {
  std::vector<app::PluginApp*> some;
  std::ranges::copy_if(apps, std::back_inserter(some), [](const app::PluginApp* app) { return app->has_health(); });
  return some;
}

}  // namespace

HealthWatch::HealthWatch(const std::vector<app::PluginApp*>& apps, Duration patience)
    : apps_(those_with_an_answer(apps)), patience_(patience) {
  if (apps_.empty()) return;
  problems_ = ask_all();
  thread_ = std::thread([this] { watch(); });
}

HealthWatch::~HealthWatch() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void HealthWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kEvery, [this] { return over_; })) {
    lock.unlock();
    std::vector<std::string> found = ask_all();
    lock.lock();
    problems_ = std::move(found);
  }
}

std::vector<std::string> HealthWatch::ask_all() {
  std::vector<std::string> found;
  for (app::PluginApp* app : apps_) {
    {
      const std::lock_guard lock(mutex_);
      asked_ = app->facts().label;
      since_ = Clock::now();
    }
    if (auto why = app->health()) found.push_back(app->facts().label + ": " + *why);
    const std::lock_guard lock(mutex_);
    asked_.clear();
  }
  return found;
}

std::vector<std::string> HealthWatch::problems() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all = problems_;
  if (!asked_.empty() && Clock::now() - since_ > patience_) all.push_back(asked_ + ": its health hook does not answer");
  return all;
}

}  // namespace appserve::runtime
