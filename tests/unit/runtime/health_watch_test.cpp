#include "runtime/health_watch.hpp"

#include <doctest/doctest.h>

#include <atomic>

using namespace appserve;
using namespace std::chrono_literals;

namespace {

class Patient final : public app::PluginApp {
 public:
  explicit Patient(bool hook) : hook_(hook) { facts_.label = "libpatient.so:app"; }
  std::atomic<bool> ill = false, hangs = false;
  std::atomic<int> asked = 0;

  const Facts& facts() const override { return facts_; }
  void loop_start(loop::EventLoop&) noexcept override {}
  void loop_stop(loop::EventLoop&) noexcept override {}
  bool has_health() const noexcept override { return hook_; }
  std::optional<std::string> health() noexcept override {
    ++asked;
    while (hangs) std::this_thread::sleep_for(1ms);
    if (!ill) return std::nullopt;
    return "the database is gone";
  }
  void drain() noexcept override {}
  void call(service::Request&, service::ResponseWriter& response) noexcept override { response.release(); }

 private:
  Facts facts_;
  bool hook_;
};

}  // namespace

TEST_CASE("apps without a health hook are well, and never asked") {
  Patient silent(false);
  runtime::HealthWatch watch({&silent});
  CHECK(watch.problems().empty());
  CHECK(silent.asked == 0);
}

TEST_CASE("what an app complains of is known at once, and until it is well again") {
  Patient app(true);
  app.ill = true;
  runtime::HealthWatch watch({&app});
  CHECK(watch.problems() == std::vector<std::string>{"libpatient.so:app: the database is gone"});
  app.ill = false;
  const Time limit = Clock::now() + 20s;
  while (!watch.problems().empty() && Clock::now() < limit) std::this_thread::sleep_for(10ms);
  CHECK(watch.problems().empty());
}

TEST_CASE("an app that does not answer is not well; others are asked again when it does") {
  Patient app(true);
  runtime::HealthWatch watch({&app}, 20ms);
  app.hangs = true;
  const Time limit = Clock::now() + 20s;
  while (watch.problems().empty() && Clock::now() < limit) std::this_thread::sleep_for(10ms);
  CHECK(watch.problems() == std::vector<std::string>{"libpatient.so:app: its health hook does not answer"});
  app.hangs = false;
}
