#include "app/plugin_app.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>

#include "unit/app/fakes.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "appserve-test-XXXXXX").string();
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
};

AppOptions options(const std::string& library, const std::string& symbol, bool call = false) {
  return {{std::string(FIXTURES) + "/" + library, symbol, call}, "/here", "an instance", "{}"};
}

}  // namespace

TEST_CASE("an app is loaded, called and answers") {
  Folder runtime;
  RunningLoop home;
  Surroundings surroundings;
  surroundings.loops = {&home.loop};
  surroundings.runtime_dir = runtime.path;
  auto app = PluginApp::load(options("libhello.so", "app"), surroundings);
  if (!app) FAIL(app.error().front().what);
  CHECK((*app)->facts().name == "hello");
  FakeWriter writer;
  service::Request request;
  request.home = &home.loop;
  home.run([&] { (*app)->call(request, writer); });
  CHECK(writer.status == 200);
  CHECK(writer.body == "an instance");
  CHECK(writer.releases == 1);
  home.stop();
}
