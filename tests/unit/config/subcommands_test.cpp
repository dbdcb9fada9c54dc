#include "config/subcommands.hpp"

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("an app that is called like a subcommand is served when it is written as a path") {
  CHECK(accepted({"./inspect"}).kind == Command::Kind::serve);
  CHECK(accepted({"inspect", "libhello.so"}).kind == Command::Kind::inspect);
}

TEST_CASE("inspect takes a library, or an app of it, and nothing that serves") {
  const Command command = accepted({"inspect", "--call", "libgame.so:create_app", "--json", "--app-path=/tmp"});
  CHECK(command.operands == std::vector<std::string>{"libgame.so:create_app"});
  CHECK(command.call);
  CHECK(command.json);
  CHECK(command.settings.app_path == std::vector<std::string>{"/tmp"});
  CHECK(command.settings.apps.empty());
}

TEST_CASE("too few and too many operands are told") {
  CHECK(refusal({"inspect"}) == "error[E3021]: appserve inspect needs LIB[:SYMBOL]\n");
  CHECK(refusal({"man", "appserve"}) ==
        "error[E3021]: appserve man does not know what to do with 'appserve'\n"
        "  help: appserve man --help\n");
}

TEST_CASE("an option of another command is refused by name") {
  CHECK(refusal({"explain", "--threads=2"}) ==
        "error[E3020]: --threads is not an option of 'appserve explain'\n"
        "  help: appserve explain --help\n");
  CHECK(refusal({"--json", "libhello.so:app"}) ==
        "error[E3020]: --json is not an option of 'appserve', but of 'appserve check' and 'appserve inspect'\n"
        "  help: appserve --help\n");
}

TEST_CASE("check has every finding, and what could be understood all the same") {
  const Command command = accepted({"check", "--threads=many", "--listen=:0", "libhello.so:app"});
  CHECK(command.kind == Command::Kind::check);
  REQUIRE(command.warnings.size() == 1);
  CHECK(command.warnings.front().fault == &fault('E', 3021));
  CHECK(command.settings.apps.size() == 1);
  CHECK(refusal({"check", "--wait", "libhello.so:app"}).starts_with("error[E3020]"));
}

TEST_CASE("each command has a help text of its own") {
  for (const Subcommand& subcommand : subcommands()) {
    const std::string name(subcommand.name);
    const Command command = accepted({name.c_str(), "--help"});
    CHECK(command.kind == Command::Kind::print);
    CHECK(command.text.starts_with("appserve " + name));
    CHECK(command.text.find("--help") != std::string::npos);
  }
}

}  // namespace
}  // namespace appserve::config
