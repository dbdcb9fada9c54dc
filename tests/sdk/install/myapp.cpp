#include <appserve/app.hpp>
#include <appserve/json.hpp>
using namespace appserve;

struct Settings {
  std::string greeting = "Hello";
};

App create_app(const Config& config) {
  App app;
  app.get("/hello/{name}", [settings = config.as<Settings>()](std::string name) {
    return Json{{"text", settings.greeting + ", " + name + "!"}};
  });
  return app;
}
APPSERVE_FACTORY(create_app);

APPSERVE_APP(app) { app = create_app(config); }
