// libprobe.so:create_app - what an app does wrong or lives through, so that the tests can see it from outside.
// Settings: greeting = "any text".
#include <appserve/app.hpp>
#include <appserve/json.hpp>

#include <stdexcept>

using namespace appserve;

namespace {

struct Settings {
  std::string greeting = "nobody greets";
};

/// Logs when it is destroyed: the proof that a handler was unwound.
class Witness {
 public:
  Witness(Log log, std::string name) : log_(log), name_(std::move(name)) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { log_.info("witness of " + name_ + " was unwound"); }

 private:
  Log log_;
  std::string name_;
};

Task<std::string> wait_for_ever(Request& req) {
  const Witness witness(req.log(), "wait");
  req.log().info("wait has begun");
  co_await sleep(std::chrono::hours(1));
  co_return "never\n";
}

Response ticks() {
  return Response::sse([](Stream& out) -> Task<> {
    const Witness witness(out.request().log(), "ticks");
    for (int i = 0;; ++i) {
      co_await out.event("tick " + std::to_string(i), "tick", std::to_string(i));
      co_await sleep(std::chrono::milliseconds(50));
    }
  });
}

Task<std::string> blocked() {
  co_return co_await blocking([] { return std::string("off the loop\n"); });
}

Response breaks_after_the_head() {
  return Response::stream([](Stream& out) -> Task<> {
    co_await out.write("some\n");
    throw std::runtime_error("too late");
  });
}

}  // namespace

App create_app(const Config& config);
App create_app(const Config& config) {
  App app;
  app.get("/", [greeting = config.as<Settings>().greeting] { return greeting + "\n"; });
  app.get("/throw", []() -> std::string { throw std::runtime_error("the reason\nin two lines"); });
  app.get("/throw_int", []() -> std::string { throw 42; });
  app.get("/throw_late", breaks_after_the_head);
  app.get("/wait", wait_for_ever);
  app.get("/ticks", ticks);
  app.get("/blocking", blocked);
  return app;
}
APPSERVE_FACTORY(create_app);
