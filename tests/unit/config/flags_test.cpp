#include "config/flags.hpp"

#include <algorithm>
#include <set>

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

// Every adjustment of waitress-serve, as its documentation lists them.
constexpr const char* kWaitress[] = {"--host",
                                     "--port",
                                     "--listen",
                                     "--ipv4",
                                     "--ipv6",
                                     "--unix-socket",
                                     "--unix-socket-perms",
                                     "--server-name",
                                     "--threads",
                                     "--trusted-proxy",
                                     "--trusted-proxy-count",
                                     "--trusted-proxy-headers",
                                     "--log-untrusted-proxy-headers",
                                     "--clear-untrusted-proxy-headers",
                                     "--url-scheme",
                                     "--url-prefix",
                                     "--ident",
                                     "--backlog",
                                     "--recv-bytes",
                                     "--send-bytes",
                                     "--outbuf-overflow",
                                     "--outbuf-high-watermark",
                                     "--inbuf-overflow",
                                     "--connection-limit",
                                     "--cleanup-interval",
                                     "--channel-timeout",
                                     "--log-socket-errors",
                                     "--max-request-header-size",
                                     "--max-request-body-size",
                                     "--expose-tracebacks",
                                     "--asyncore-loop-timeout",
                                     "--asyncore-use-poll",
                                     "--channel-request-lookahead",
                                     "--call",
                                     "--help"};

TEST_CASE("every option of waitress-serve is known under its name") {
  std::set<std::string_view> known;
  for (const Option& option : option_table()) known.insert(option.flag.name);
  for (const CommandFlag& command : command_flags()) known.insert(command.flag.name);
  for (const WaitressFlag& waitress : waitress_flags()) known.insert(waitress.flag.name);
  for (const char* name : kWaitress) CHECK_MESSAGE(known.contains(name), name);
}

TEST_CASE("an option taken without effect is in waitress-serve's list, and says why") {
  for (const WaitressFlag& waitress : waitress_flags()) {
    CHECK_MESSAGE(std::ranges::find(kWaitress, waitress.flag.name, [](const char* n) { return std::string_view(n); }) !=
                      std::end(kWaitress),
                  std::string(waitress.flag.name));
    CHECK(waitress.why.empty() == (waitress.effect == WaitressFlag::Effect::seconds));
  }
}

TEST_CASE("a command line of waitress-serve starts") {
  const Command command =
      accepted({"--listen=*:8080", "--threads=8", "--channel-timeout=60", "--ident=", "--ipv6",
                "--max-request-body-size=1073741824", "--outbuf-overflow=1048576", "--call", "libgame.so:create_app"});
  CHECK(command.settings.threads == 8);
  CHECK(command.settings.ident.empty());
  CHECK(command.settings.limits.body == 1073741824U);
  CHECK(command.warnings.size() == 1);
}

}  // namespace
}  // namespace appserve::config
