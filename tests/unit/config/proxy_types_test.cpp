#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("proxies are trusted by address, network, unix: or all of them") {
  const Command command = accepted({"--trusted-proxy=10.0.0.1 fd00::/8", "--trusted-proxy=unix:", "libhello.so:app"});
  CHECK(command.settings.proxy.trusted == std::vector<std::string>{"10.0.0.1", "fd00::/8", "unix:"});
  CHECK(command.warnings.empty());
  CHECK(refusal({"--trusted-proxy=proxy.example", "libhello.so:app"}).find("error[E3021]") != std::string::npos);
  CHECK(refusal({"--trusted-proxy=10.0.0.1/8", "libhello.so:app"}).find("error[E3021]") != std::string::npos);
}

TEST_CASE("W3015: to trust everybody is told at each start") {
  const Command command = accepted({"--trusted-proxy=*", "libhello.so:app"});
  REQUIRE(command.warnings.size() == 1);
  CHECK(render(command.warnings[0], false).find("W3015") != std::string::npos);
}

TEST_CASE("E3016: there is at least one proxy in a row") {
  CHECK(refusal({"--trusted-proxy-count=0", "libhello.so:app"}).find("E3016") != std::string::npos);
  CHECK(refusal_of_file("[proxy]\nhops = 0\n" + std::string(kHello)).find("E3016") != std::string::npos);
  CHECK(accepted({"--trusted-proxy-count=1", "libhello.so:app"}).settings.proxy.hops == 1);
  CHECK(accepted({"--trusted-proxy-count=2", "libhello.so:app"}).settings.proxy.hops == 2);
}

TEST_CASE("one kind of header is believed, in any case, blanks or commas between") {
  const Command command = accepted({"--trusted-proxy-headers=X-Forwarded-For, x-forwarded-host", "libhello.so:app"});
  CHECK(command.settings.proxy.headers == std::vector<std::string>{"X-Forwarded-For", "x-forwarded-host"});
  CHECK(accepted({"--trusted-proxy-headers=forwarded", "libhello.so:app"}).settings.proxy.headers.size() == 1);
  CHECK(refusal({"--trusted-proxy-headers=forwarded x-forwarded-for", "libhello.so:app"}).find("E3006") !=
        std::string::npos);
  CHECK(refusal({"--trusted-proxy-headers=x-real-ip", "libhello.so:app"}).find("E3021") != std::string::npos);
}

}  // namespace
}  // namespace appserve::config
