#include <appserve/app.hpp>

APPSERVE_APP(app) {
  app.get("/", [] { return "Hello from myapp!\n"; });
  app.get("/hello/{name}", [](std::string name) { return "Hello, " + name + "!\n"; });
}
