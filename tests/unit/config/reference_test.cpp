// config.toml and docs/reference/options.md stay true. APPSERVE_WRITE_REFERENCE=1 in the environment writes what the
// option table asks for instead of comparing.
#include "unit/config/reference.hpp"

#include <cstdlib>
#include <regex>
#include <sstream>

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

const std::filesystem::path kRoot = APPSERVE_SOURCE_DIR;

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

bool writing() { return std::getenv("APPSERVE_WRITE_REFERENCE") != nullptr; }

// The settings of config.toml: from [server] to the apps.
struct Sample {
  std::string before, settings, apps;
};
Sample sample() {
  const std::string text = read(kRoot / "config.toml");
  const std::size_t settings = text.find("\n[server]\n") + 1, apps = text.find("# ---- apps");
  REQUIRE(settings != 0);
  REQUIRE(apps != text.npos);
  return {text.substr(0, settings), text.substr(settings, apps - settings), text.substr(apps)};
}

Command start(const std::string& text) { return accepted_file(text); }

std::string settings_shown(const Settings& settings) {
  std::string out;
  for (const Option& option : option_table()) out += option.show(settings) + "\n";
  return out;
}

TEST_CASE("the reference of the options is what the table says") {
  const std::filesystem::path path = kRoot / "docs/reference/options.md";
  if (writing()) std::ofstream(path, std::ios::binary) << options_page(option_table());
  CHECK(read(path) == options_page(option_table()));
}

TEST_CASE("config.toml shows every setting with its default") {
  const Sample file = sample();
  const std::string settings = settings_template(option_table());
  if (writing()) std::ofstream(kRoot / "config.toml", std::ios::binary) << file.before + settings + file.apps;
  CHECK(sample().settings == settings);
}

TEST_CASE("config.toml starts the game, hello and info with every default") {
  const Command command = start(read(kRoot / "config.toml"));
  CHECK(command.warnings.empty());
  CHECK(command.origins.empty());
  CHECK(settings_shown(command.settings) == settings_shown(Settings()));
  REQUIRE(command.settings.apps.size() == 3);
  const AppSettings& game = command.settings.apps[0];
  CHECK(game.load.library == "libtictactoe.so");
  CHECK(game.load.symbol == "create_app");
  CHECK(game.load.call);
  CHECK(game.url_prefix.empty());
  CHECK(game.config_json == R"({"state":"sqlite:tictactoe.db"})");
  CHECK(command.settings.apps[1].url_prefix == "/hello");
  CHECK(command.settings.apps[2].url_prefix == "/info");
}

TEST_CASE("every line of config.toml that is switched off can be switched on") {
  const std::string text = std::regex_replace(read(kRoot / "config.toml"), std::regex("(^|\n)#([a-z_]+ = )"), "$1$2");
  const Command command = start(text);
  CHECK(command.origins.size() == option_table().size());
  CHECK(settings_shown(command.settings) == settings_shown(Settings()));
}

}  // namespace
}  // namespace appserve::config
