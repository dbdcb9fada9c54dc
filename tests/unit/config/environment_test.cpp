#include "config/environment.hpp"

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("variables are split at their first '='") {
  const Environment environment = read_environment(Words{"A=b=c", "EMPTY=", "nonsense"});
  CHECK(environment == Environment{{"A", "b=c"}, {"EMPTY", ""}});
}

TEST_CASE("every setting has a variable") {
  const Settings settings =
      accepted({"libhello.so:app"}, {"APPSERVE_SERVER__LISTEN=:1 unix:/a", "APPSERVE_LIMITS__BODY=2 MiB",
                                     "APPSERVE_LIMITS__REQUIRE_HOST=false", "APPSERVE_SERVER__IDENT="})
          .settings;
  CHECK(settings.listen.size() == 2);
  CHECK(settings.limits.body == 2U * 1024 * 1024);
  CHECK(!settings.limits.require_host);
  CHECK(settings.ident.empty());
}

TEST_CASE("APPSERVE_PATH is server.app_path, which beats it under its own name") {
  CHECK(accepted({"libhello.so:app"}, {"APPSERVE_PATH=/a:/b"}).settings.app_path ==
        std::vector<std::string>{"/a", "/b"});
  CHECK(accepted({"libhello.so:app"}, {"APPSERVE_PATH=/a", "APPSERVE_SERVER__APP_PATH=/c"}).settings.app_path ==
        std::vector<std::string>{"/c"});
}

TEST_CASE("a variable that looks like ours and is not is told") {
  CHECK(render_all(
            accepted({"libhello.so:app"}, {"APPSERVE_SERVER__THRAEDS=4", "APPSERVE_ZZZZZZZZZZZZZZZZZ=1"}).warnings) ==
        "warning[W3008]: APPSERVE_SERVER__THRAEDS is set but unknown; did you mean APPSERVE_SERVER__THREADS?\n"
        "warning[W3008]: APPSERVE_ZZZZZZZZZZZZZZZZZ is set but unknown\n");
}

TEST_CASE("what Kubernetes sets for a service named appserve is not ours") {
  CHECK(accepted({"libhello.so:app"}, {"APPSERVE_SERVICE_HOST=10.0.0.1", "APPSERVE_PORT=tcp://10.0.0.1:80",
                                       "APPSERVE_PORT_80_TCP=tcp://10.0.0.1:80"})
            .warnings.empty());
}

TEST_CASE("a bad value names its variable and what it would override") {
  CHECK(refusal_of_file(std::string("[server]\nthreads = 4\n") + kHello, {"APPSERVE_SERVER__THREADS=many"}) ==
        "error[E3007]: APPSERVE_SERVER__THREADS=\"many\" is not an integer (environment, overrides config.toml:2)\n");
  CHECK(
      refusal({"libhello.so:app"}, {"APPSERVE_SERVER__THREADS=5000"}) ==
      "error[E3007]: APPSERVE_SERVER__THREADS=\"5000\" is not an integer from 1 to 1024, or \"auto\" (environment)\n");
  CHECK(
      refusal({"libhello.so:app"}, {"APPSERVE_LIMITS__BODY=10 MBit"}) ==
      "error[E3007]: APPSERVE_LIMITS__BODY=\"10 MBit\" is not a size; write \"10 MB\", \"10 MiB\" or a number of bytes "
      "(environment)\n");
  CHECK(refusal({"libhello.so:app"}, {"APPSERVE_SERVER__LISTEN=localhost"}) ==
        "error[E3007]: APPSERVE_SERVER__LISTEN: cannot listen on 'localhost': no port\n"
        "  help: localhost:8080\n");
  CHECK(refusal({"libhello.so:app"}, {"APPSERVE_SERVER__LISTEN=:99999"}) ==
        "error[E4004]: APPSERVE_SERVER__LISTEN: '99999' is not a port; a port is a number from 0 to 65535\n");
}

TEST_CASE("${VAR} in the file is the variable, anywhere in a text and at any depth") {
  const Command command = accepted_file(
      "[server]\nident = \"${NAME}/${V}\"\n[[app]]\nload = \"${LIB}:app\"\n[app.config]\nurls = [{u = "
      "\"redis://${NAME}\"}]\n",
      {"NAME=one", "V=", "LIB=libx.so"});
  CHECK(command.settings.ident == "one/");
  CHECK(command.settings.apps.front().load.library == "libx.so");
  CHECK(command.settings.apps.front().config_json == R"({"urls":[{"u":"redis://one"}]})");
}

TEST_CASE("what is not ${NAME} stays, and $${NAME} is the text ${NAME}") {
  const Command command = accepted_file(std::string(kHello) + "[app.config]\na = \"$${HOME} ${} ${a b} ${1} $x ${\"\n");
  CHECK(command.settings.apps.front().config_json == R"({"a":"${HOME} ${} ${a b} ${1} $x ${"})");
}

TEST_CASE("an expanded text is not expanded again") {
  CHECK(accepted_file(std::string("[server]\nident = \"${A}\"\n") + kHello, {"A=${B}"}).settings.ident == "${B}");
}

TEST_CASE("a variable that is missing or no text is refused where it is needed") {
  CHECK(refusal_of_file(std::string(kHello) + "[app.config]\nurl = \"${REDIS_URL}\"\n") ==
        "error[E3009]: the environment variable REDIS_URL is not set\n"
        "  --> config.toml:4:7\n"
        "   |\n"
        " 4 | url = \"${REDIS_URL}\"\n"
        "   |       ^^^^^^^^^^^^^^\n"
        "   = help: REDIS_URL=… appserve --config config.toml\n");
  CHECK(refusal_of_file(std::string(kHello) + "[app.config]\nurl = \"${A}\"\n", {"A=\xFF"})
            .starts_with("error[E3009]: the environment variable A is not UTF-8\n"));
}

}  // namespace
}  // namespace appserve::config
