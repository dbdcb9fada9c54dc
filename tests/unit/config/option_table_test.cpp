#include <doctest/doctest.h>

#include <set>

#include "config/flags.hpp"
#include "config/option.hpp"
#include "config/toml_file.hpp"

namespace appserve::config {
namespace {

TEST_CASE("no two settings share a path or a flag") {
  std::set<std::string_view> paths, flags;
  for (const Option& option : option_table()) {
    CHECK_MESSAGE(paths.insert(option.path).second, std::string(option.path));
    CHECK_MESSAGE(flags.insert(option.flag.name).second, std::string(option.flag.name));
  }
  for (const CommandFlag& command : command_flags())
    CHECK_MESSAGE(flags.insert(command.flag.name).second, std::string(command.flag.name));
  for (const WaitressFlag& waitress : waitress_flags())
    CHECK_MESSAGE(flags.insert(waitress.flag.name).second, std::string(waitress.flag.name));
}

TEST_CASE("every default can be written in the file and means itself") {
  for (const Option& option : option_table()) {
    const std::string written = option.show(Settings());
    const Result<TomlFile, Error> file = parse_toml("a = " + written, "t.toml");
    REQUIRE_MESSAGE(file, written);
    Settings settings;
    CHECK_MESSAGE(!option.set(settings, *file->root.find("a")), std::string(option.path));
    CHECK(option.show(settings) == written);
  }
}

TEST_CASE("each row is about a setting of its own") {
  // every row is given a value that no default has; afterwards every row must show the one it was given
  Settings settings;
  std::vector<std::string> shown;
  for (const Option& option : option_table()) {
    const bool refused_all = [&] {
      for (const char* text : {"7", "false", "true", "3KiB", "3min", "https", "debug", "never", "json", "/somewhere",
                               ":7", "unix:", "forwarded", "v2"}) {
        Settings trial = settings;
        if (!option.set(trial, text_value(text)) && option.show(trial) != option.show(settings)) {
          settings = trial;
          return false;
        }
      }
      return true;
    }();
    CHECK_MESSAGE(!refused_all, std::string(option.path));
    shown.push_back(option.show(settings));
  }
  std::size_t row = 0;
  for (const Option& option : option_table())
    CHECK_MESSAGE(option.show(settings) == shown[row++], std::string(option.path));
}

TEST_CASE("variables are named after paths") {
  CHECK(environment_name("server.threads") == "APPSERVE_SERVER__THREADS");
  CHECK(environment_name("limits.body_min_rate") == "APPSERVE_LIMITS__BODY_MIN_RATE");
}

TEST_CASE("help texts are one short line each") {
  for (const Option& option : option_table()) {
    CHECK(!option.flag.help.empty());
    CHECK(option.flag.help.find('\n') == option.flag.help.npos);
    CHECK(!option.flag.help.ends_with('.'));
  }
}

}  // namespace
}  // namespace appserve::config
