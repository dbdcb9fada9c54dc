#include "config/command_line.hpp"

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("one word is the app, at the root, on the usual address") {
  const Command command = accepted({"libhello.so:app"});
  CHECK(command.kind == Command::Kind::serve);
  REQUIRE(command.settings.apps.size() == 1);
  const AppSettings& app = command.settings.apps.front();
  CHECK(app.load.library == "libhello.so");
  CHECK(app.load.symbol == "app");
  CHECK(!app.load.call);
  CHECK(app.url_prefix.empty());
  CHECK(app.config_json == "{}");
  CHECK(command.settings.listen == Settings().listen);
  CHECK(command.origins.empty());
  CHECK(command.warnings.empty());
}

TEST_CASE("options stand before or behind the app, with a blank or with '='") {
  for (const Words& words : {Words{"--threads", "4", "libhello.so:app"}, Words{"libhello.so:app", "--threads=4"},
                             Words{"--threads=4", "--", "libhello.so:app"}}) {
    const Command command = accepted(words);
    CHECK(command.settings.threads == 4);
    CHECK(command.settings.apps.front().load.symbol == "app");
    CHECK(command.origins.at("server.threads") == "--threads");
  }
}

TEST_CASE("the command line beats the environment, which beats the file, which beats the default") {
  const std::string file = std::string("[server]\nthreads = 2\nbacklog = 20\nident = \"f\"\n") + kHello;
  const Words environment = {"APPSERVE_SERVER__THREADS=3", "APPSERVE_SERVER__BACKLOG=30"};
  const Command command = accepted_file(file, environment, {"--threads=4"});
  CHECK(command.settings.threads == 4);
  CHECK(command.settings.backlog == 30);
  CHECK(command.settings.ident == "f");
  CHECK(command.settings.blocking_threads == Settings().blocking_threads);
  const Origins expected = {{"server.threads", "--threads"},
                            {"server.backlog", "env APPSERVE_SERVER__BACKLOG"},
                            {"server.ident", "config.toml:4"}};
  CHECK(command.origins == expected);
}

TEST_CASE("--help and --version win over everything and are only printed") {
  for (const char* flag : {"--help", "-h"}) {
    const Command command = accepted({"--nonsense", flag});
    CHECK(command.kind == Command::Kind::print);
    CHECK(command.text.find("--threads N|auto") != std::string::npos);
  }
  for (const char* flag : {"--version", "-V"}) CHECK(accepted({flag}).text.starts_with("appserve "));
}

TEST_CASE("print-config needs no app and shows where values come from") {
  const Command command = accepted({"print-config", "--threads=4"});
  CHECK(command.kind == Command::Kind::print);
  CHECK(command.text.find("server.threads           4                                         --threads\n") !=
        std::string::npos);
  CHECK(command.text.find("server.backlog           1024                                      default\n") !=
        std::string::npos);
}

TEST_CASE("without an app there is nothing to serve") {
  const TemporaryFolder folder;
  CHECK(refusal({}) ==
        "error[E3012]: no app to serve\n"
        "  help: appserve libhello.so:app\n");
  folder.write("config.toml", "");
  CHECK(refusal({}) ==
        "error[E3012]: no app to serve\n"
        "  help: appserve --config config.toml\n");
}

TEST_CASE("all problems are told at once, the command line's first") {
  CHECK(refusal_of_file("[server]\nthreads = 0\n[[app]]\nload = \"libhello.so:app\"\nurl_prefix = \"x\"\n",
                        {"APPSERVE_SERVER__BACKLOG=many", "APPSERVE_SERVER__THRAEDS=1"}, {"--ident"}) ==
        "error[E3021]: --ident needs visible ASCII text; nothing follows it\n"
        "error[E3004]: server.threads must be an integer from 1 to 1024, or \"auto\"\n"
        "  --> config.toml:2:11\n"
        "   |\n"
        " 2 | threads = 0\n"
        "   |           ^\n"
        "   = help: threads = 4\n"
        "error[E3007]: APPSERVE_SERVER__BACKLOG=\"many\" is not an integer (environment)\n"
        "error[E3011]: url_prefix 'x' must begin with '/'\n"
        "  --> config.toml:5:14\n"
        "   |\n"
        " 5 | url_prefix = \"x\"\n"
        "   |              ^^^\n"
        "warning[W3008]: APPSERVE_SERVER__THRAEDS is set but unknown; did you mean APPSERVE_SERVER__THREADS?\n");
}

TEST_CASE("an option given again warns, and the last one counts") {
  const Command command = accepted({"--threads=2", "--threads=4", "libhello.so:app"});
  CHECK(command.settings.threads == 4);
  CHECK(render_all(command.warnings) == "warning[W3013]: --threads is given 2 times; only the last one counts: 4\n");
}

TEST_CASE("options of waitress-serve that mean nothing here are taken, and said so") {
  const Command command =
      accepted({"--recv-bytes=8192", "--asyncore-use-poll", "--no-expose-tracebacks", "--ipv4", "libhello.so:app"});
  CHECK(render_all(command.warnings) ==
        "warning[W3013]: --recv-bytes is accepted without effect: the read buffer has one size\n"
        "warning[W3013]: --asyncore-use-poll is accepted without effect: the event loop is another one\n"
        "warning[W3013]: --no-expose-tracebacks is accepted without effect: the log has the error under the id the "
        "client "
        "gets\n");
}

TEST_CASE("options of waitress-serve that cannot be honoured are refused") {
  CHECK(refusal({"--no-ipv6", "libhello.so:app"}) ==
        "error[E3020]: --no-ipv6 is not supported: name the address instead: --listen 0.0.0.0:8080 or --listen "
        "[::]:8080\n");
}

TEST_CASE("--channel-timeout is keep_alive in seconds, and not beside --keep-alive") {
  const Command command = accepted({"--channel-timeout=120", "libhello.so:app"});
  CHECK(command.settings.timeouts.keep_alive == std::chrono::seconds(120));
  CHECK(command.origins.at("limits.keep_alive") == "--channel-timeout");
  CHECK(refusal({"--channel-timeout=120", "--keep-alive=5s", "libhello.so:app"}) ==
        "error[E3022]: --channel-timeout and --keep-alive exclude each other\n");
  CHECK(refusal({"--channel-timeout=soon", "libhello.so:app"}) ==
        "error[E3021]: --channel-timeout needs a duration, got 'soon'; write \"500ms\", \"30s\", \"2min\" or \"1h\"\n");
}

TEST_CASE("a smaller head brings a smaller target, unless that was asked for") {
  const Command command = accepted({"--max-request-header-size=4KiB", "libhello.so:app"});
  CHECK(command.settings.limits.target == 4096);
  CHECK(command.origins.at("limits.target") == "limits.header");
  CHECK(
      refusal_of_file(std::string("[limits]\nheader = \"4 KiB\"\ntarget = \"5 KiB\"\n") + kHello) ==
      "error[E3006]: limits.target = \"5 KiB\" (config.toml:3) is more than limits.header = \"4 KiB\" (config.toml:2) "
      "allows\n"
      "  --> config.toml:3:10\n"
      "   |\n"
      " 3 | target = \"5 KiB\"\n"
      "   |          ^^^^^^^\n");
}

TEST_CASE("a file that cannot be read is one finding, not two") {
  const TemporaryFolder folder;
  CHECK(refusal({"--config", "config.toml"}) == "error[E3010]: cannot read 'config.toml': No such file or directory\n");
}

TEST_CASE("colour follows the option, then NO_COLOR, then the terminal and what it can") {
  const Words none = {"TERM=xterm"}, no_color = {"NO_COLOR=1", "TERM=xterm"}, empty = {"NO_COLOR=", "TERM=xterm"};
  CHECK(use_colour("always", false, no_color));
  CHECK(!use_colour("never", true, none));
  CHECK(use_colour("auto", true, none));
  CHECK(use_colour("auto", true, empty));
  CHECK(!use_colour("auto", true, no_color));
  CHECK(!use_colour("auto", false, none));
  CHECK(!use_colour("auto", true, Words{"TERM=dumb"}));
  CHECK(!use_colour("auto", true, Words{}));
}

TEST_CASE("what was asked of colour is known even when the rest is wrong") {
  CHECK(color_choice(Words{"--nonsense", "--color=always"}, Words{}) == "always");
  CHECK(color_choice(Words{}, Words{"APPSERVE_LOG__COLOR=never"}) == "never");
  CHECK(color_choice(Words{"--color", "always"}, Words{"APPSERVE_LOG__COLOR=never"}) == "always");
  CHECK(color_choice(Words{}, Words{}) == "auto");
}

}  // namespace
}  // namespace appserve::config
