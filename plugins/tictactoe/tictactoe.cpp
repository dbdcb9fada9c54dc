// libtictactoe.so: `appserve --call libtictactoe.so:create_app`. Settings and API: README.md.
#include <appserve/app.hpp>
#include <appserve/json.hpp>
#include <ctime>

#include "api.hpp"

namespace tictactoe {
namespace {

struct Settings {
  std::string state = "sqlite:tictactoe.db";
  std::int64_t max_rooms = 10'000;
  int keep_days = 7;
  int keep_unplayed_hours = 24;
};

Rooms::Limits limits_of(const Settings& settings) {
  const auto at_least_one = [](const char* key, std::int64_t value) {
    if (value < 1) throw appserve::ConfigError(std::string(key) + " must be at least 1, is " + std::to_string(value));
  };
  at_least_one("max_rooms", settings.max_rooms);
  at_least_one("keep_days", settings.keep_days);
  at_least_one("keep_unplayed_hours", settings.keep_unplayed_hours);
  Rooms::Limits limits;
  limits.max_rooms = settings.max_rooms;
  limits.keep_played = std::chrono::days(settings.keep_days);
  limits.keep_unplayed = std::chrono::hours(settings.keep_unplayed_hours);
  return limits;
}

std::shared_ptr<House> open_house(appserve::App& app, const Settings& settings) try {
  return std::make_shared<House>(open_store(app, settings.state), limits_of(settings),
                                 [] { return std::int64_t{std::time(nullptr)}; });
} catch (const StoreError& error) {
  throw appserve::ConfigError(error.what());
}

}  // namespace
}  // namespace tictactoe

static appserve::App create_app(const appserve::Config& config) {
  appserve::App app;
  const auto house = tictactoe::open_house(app, config.as<tictactoe::Settings>());
  tictactoe::add_routes(app, house, config.log());
  return app;
}
APPSERVE_FACTORY(create_app);
