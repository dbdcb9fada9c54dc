#include "app/plugin_app.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <stdexcept>

#include "app/kept_copies.hpp"
#include "app/libraries.hpp"
#include "unit/app/fakes.hpp"
#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;
namespace fs = std::filesystem;

namespace {

struct Stage {
  Folder runtime;
  RunningLoop home;
  Surroundings surroundings{{&home.loop}, nullptr, {}, runtime.path(), nullptr, nullptr};

  Result<std::unique_ptr<PluginApp>, Errors> load(const std::string& path, const std::string& symbol, bool call = false,
                                                  const std::string& json = "{}", const std::string& instance = "one") {
    return PluginApp::load({{path, symbol, call}, "/here", instance, json}, surroundings);
  }
  // Every error of a load, one a line.
  std::string refused(const std::string& path, const std::string& symbol, bool call = false,
                      const std::string& json = "{}") {
    const auto app = load(path, symbol, call, json);
    if (app) return "accepted";
    std::string out;
    for (const Error& error : app.error()) out += code(error) + ": " + text(error) + "\n";
    return out;
  }
  std::string answer(PluginApp& app) {
    FakeWriter writer;
    service::Request request;
    request.home = &home.loop;
    home.run([&] { app.call(request, writer); });
    CHECK(writer.releases == 1);
    return writer.failure.empty() ? writer.body : "failed: " + writer.failure;
  }
};

}  // namespace

TEST_CASE("an app is loaded, called and answers; facts say what it is") {
  Stage stage;
  const auto app = stage.load(fixture("hello"), "app");
  REQUIRE(app);
  CHECK(stage.answer(**app) == "one");
  const PluginApp::Facts& facts = (*app)->facts();
  CHECK(facts.library == fixture("hello"));
  CHECK(facts.symbol == "app");
  CHECK(facts.name == "hello");
  CHECK(facts.version == "1.0");
  CHECK(facts.abi_major == 1);
  CHECK(facts.abi_minor == 1);
  CHECK(facts.routes.empty());
}

TEST_CASE("a factory's app is created, counted and destroyed") {
  Stage stage;
  {
    const auto app = stage.load(fixture("moody"), "create_app", true);
    REQUIRE(app);
    CHECK((*app)->facts().name == "moody");
    CHECK((*app)->facts().version.empty());
    CHECK((*app)->facts().routes.size() == 2);
    CHECK(stage.answer(**app) == "failed: handle() returned -9");
  }
  CHECK(stage.runtime.empty());
}

TEST_CASE("one library mounted twice: two instances, each with its own configuration") {
  Stage stage;
  Libraries libraries;
  stage.surroundings.libraries = &libraries;
  const auto one = stage.load(fixture("hello"), "app", false, "{}", "one");
  const auto two = stage.load(fixture("hello"), "app", false, "{}", "two");
  REQUIRE((one && two));
  CHECK(stage.answer(**one) == "one");
  CHECK(stage.answer(**two) == "two");
  CHECK(std::distance(fs::directory_iterator(stage.runtime.path()), {}) == 1);
}

TEST_CASE("overwriting, cutting or removing the file of a loaded app hurts nobody") {
  Stage stage;
  const Folder apps;
  const std::string library = apps / "libx.so";
  fs::copy_file(fixture("hello"), library);
  const auto app = stage.load(library, "app");
  REQUIRE(app);
  write_bytes(library, std::string(100'000, '\xcc'));  // in place: the same inode
  CHECK(stage.answer(**app) == "one");
  write_bytes(library, "");
  CHECK(stage.answer(**app) == "one");
  fs::remove(library);
  CHECK(stage.answer(**app) == "one");
}

TEST_CASE("a successor loads the copy its predecessor made, whatever became of the file") {
  Stage stage;
  const Folder apps, generation;
  const std::string library = apps / "libx.so";
  fs::copy_file(fixture("hello"), library);
  const KeptCopies kept(generation.path());
  stage.surroundings.kept = &kept;
  {
    const auto first = stage.load(library, "app");
    REQUIRE(first);
  }
  write_bytes(library, "half of a new one");
  const auto second = stage.load(library, "app");
  REQUIRE(second);
  CHECK((*second)->facts().library == library);
  CHECK(stage.answer(**second) == "one");
  CHECK(stage.runtime.empty());
}

TEST_CASE("nothing of a refused library has run, and nothing of it stays") {
  Stage stage;
  CHECK(stage.refused(fixture("wrong_major"), "app").starts_with("E1010"));
  CHECK(stage.refused(fixture("no_note"), "answer").starts_with("E1009"));
  CHECK(stage.refused(fixture("nosuch"), "app").starts_with("E1001"));
  CHECK(stage.refused(fixture("undefined"), "app").starts_with("E1016"));
  CHECK(stage.runtime.empty());
}

TEST_CASE("all that is wrong with a file is told at once") {
  Stage stage;
  const Folder apps;
  write_bytes(apps / "libx.so", replaced(read_bytes(fixture("needs_absent")), "libabsent.so", "libnosuch.so"));
  const std::string errors = stage.refused(apps / "libx.so", "ap");
  CHECK(errors.starts_with("E1020: libx.so exports no app named 'ap'"));
  CHECK(errors.find("\nE1014: libx.so needs libnosuch.so, which is not installed") != std::string::npos);
}

TEST_CASE("E1012: the object is not what the note promises") {
  Stage stage;
  const std::string what = "E1012: 'app' is not the app that the library's note promises: ";
  CHECK(stage.refused(fixture("odd_magic"), "app").starts_with(what + "it does not begin with AS_APP_HEAD"));
  CHECK(stage.refused(fixture("odd_size"), "app").starts_with(what + "its size is 4"));
  CHECK(stage.refused(fixture("odd_abi"), "app").starts_with(what + "it was built for ABI 2.0, the note says 1.1"));
  CHECK(stage.refused(fixture("odd_empty"), "app").starts_with(what + "create or handle is missing"));
}

TEST_CASE("E2005: an app that cannot start says why, and with which configuration") {
  Stage stage;
  const std::string library = fixture("moody");
  const auto mode = [](const std::string& name) { return R"({"mode":")" + name + R"("})"; };
  CHECK(stage.refused(library, "create_app", true, mode("refuse")) ==
        "E2005: create_app failed: redis://redis:6379: connection refused|in " + library +
            "|config given to it  mode = refuse\n");
  CHECK(stage.refused(library, "create_app", true, mode("create"))
            .starts_with("E2005: create_app failed: the database is locked|"));
  CHECK(stage.refused(library, "create_app", true, mode("silent"))
            .starts_with("E2005: create_app failed: create() returned -77|"));
  const auto crossing = stage.load(fixture("crosses"), "app", false, "{}", "create");
  REQUIRE_FALSE(crossing);
  CHECK(crossing.error().front().what == "app failed: std::runtime_error: out of create");
}

TEST_CASE("E2006: a factory that returns nothing, without a word") {
  Stage stage;
  CHECK(stage.refused(fixture("moody"), "create_app", true, R"({"mode":"null"})") ==
        "E2006: create_app returned no app|in " + fixture("moody") + "\n");
}

TEST_CASE("E2012: an app that rejects its configuration") {
  Stage stage;
  CHECK(stage.refused(fixture("moody"), "create_app", true, R"({"mode":"config"})") ==
        "E2012: libmoody.so rejects its configuration: 'mode' must be ok|config given to it  mode = config\n");
}

TEST_CASE("an exception that leaves handle() is a failed request") {
  Stage stage;
  const auto app = stage.load(fixture("crosses"), "app");
  REQUIRE(app);
  CHECK(stage.answer(**app) == "failed: an exception crossed the plugin's border: out of handle");
}

TEST_CASE("warnings do not keep an app from being served") {
  Stage stage;
  const Folder apps;
  fs::copy_file(fixture("hello"), apps / "libx.so");
  ::chmod((apps / "libx.so").c_str(), 0777);
  const auto app = stage.load(apps / "libx.so", "app");
  REQUIRE(app);
  REQUIRE_FALSE((*app)->facts().warnings.empty());
  CHECK(code((*app)->facts().warnings.front()) == "W1018");
  CHECK(stage.answer(**app) == "one");
}
