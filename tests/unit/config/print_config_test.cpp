#include "config/print_config.hpp"

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("every setting is shown with its value and its origin, apps at the end") {
  const std::string text =
      accepted_file("[server]\nlisten = \":8080\"\n[[app]]\nload = \"libgame.so:create_app\"\ncall = true\n",
                    {"APPSERVE_SERVER__THREADS=4"}, {"print-config"})
          .text;
  CHECK(text.starts_with("server.listen            [\":8080\"]                                 config.toml:2\n"));
  CHECK(text.find(
            "\nserver.threads           4                                         env APPSERVE_SERVER__THREADS\n") !=
        std::string::npos);
  CHECK(text.find("\nlimits.body              \"1 MiB\"                                   default\n") !=
        std::string::npos);
  CHECK(text.ends_with("\napp /                    \"libgame.so:create_app\" (call)            config.toml:3\n"));
  for (const Option& option : option_table()) CHECK(text.find(std::string(option.path) + " ") != std::string::npos);
}

TEST_CASE("apps of the command line are shown too") {
  CHECK(accepted({"print-config", "libhello.so:app", "--url-prefix=/h"})
            .text.find("app /h                   \"libhello.so:app\"                         command line\n") !=
        std::string::npos);
}

TEST_CASE("what is wrong is told instead of shown") {
  CHECK(refusal({"print-config", "--threads=no"}) == "error[E3021]: --threads needs an integer, got 'no'\n");
}

}  // namespace
}  // namespace appserve::config
