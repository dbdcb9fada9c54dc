// Who answers, and to whom: the small API of the "Flask in Docker" tutorials.
//   GET /            what there is
//   GET /GetMyInfo   {"message": "Hello from web-1", "hostname": "web-1", "ip": "172.17.0.2", ...}
// Settings: message = "any greeting".
#include <ifaddrs.h>
#include <netdb.h>
#include <unistd.h>
#include <appserve/app.hpp>
#include <appserve/json.hpp>

#include <ctime>
#include <memory>

using namespace appserve;

namespace {

struct Settings {
  std::string message;
};

struct MyInfo {
  std::string message, hostname, ip, instance, server;
  int pid = 0;
  std::string time, client, request_id;
};

std::string hostname() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

// The first address that is not loopback, IPv4 before IPv6; loopback where there is nothing else.
std::string own_address() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return "127.0.0.1";
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, freeifaddrs);
  std::string v6;
  for (const ifaddrs* i = first; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr) continue;
    const int family = i->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    char text[NI_MAXHOST];
    if (getnameinfo(i->ifa_addr, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    const std::string_view address = text;
    if (address.starts_with("127.") || address == "::1" || address.starts_with("fe80")) continue;
    if (family == AF_INET) return text;
    if (v6.empty()) v6 = text;
  }
  return v6.empty() ? "127.0.0.1" : v6;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[sizeof "2026-01-01T00:00:00Z"];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

APPSERVE_APP(app) {
  MyInfo facts;
  facts.hostname = hostname();
  facts.ip = own_address();
  facts.instance = config.name();
  facts.server = config.server();
  facts.pid = getpid();
  facts.message = config.as<Settings>().message;
  if (facts.message.empty()) facts.message = "Hello from " + facts.hostname;

  app.get("/", [] { return "GET /GetMyInfo tells which host, instance and process answers, and to whom.\n"; });
  app.get("/GetMyInfo", [facts](Request& req) {
    MyInfo info = facts;
    info.time = utc_now();
    info.client = req.remote();
    info.request_id = req.id();
    return info;
  });
}
