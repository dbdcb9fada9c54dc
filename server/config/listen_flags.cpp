#include "config/listen_flags.hpp"

namespace appserve::config {
namespace {

void exclude(const std::string& one, const std::string& other, const std::string& works, Draft& draft) {
  draft.add({&fault('E', 3022), one + " and " + other + " exclude each other", {}, {}, {works}});
}

void listen_on(const std::string& flag, const std::string& address, std::vector<net::Endpoint>& listen, Draft& draft) {
  Result<net::Endpoint, Error> endpoint = net::parse_endpoint(address);
  if (endpoint) {
    listen.push_back(std::move(*endpoint));
    return;
  }
  endpoint.error().what = flag + ": " + endpoint.error().what;
  endpoint.error().help.clear();  // it would be about the form of --listen
  draft.add(std::move(endpoint.error()));
}

std::string address_of(const std::string* host, const std::string* port) {
  const net::Endpoint usual = Settings().listen.front();
  const std::string name = host ? *host : usual.host;
  const bool bare_v6 = name.find(':') != std::string::npos && !name.starts_with('[');
  return (bare_v6 ? "[" + name + "]" : name) + ":" + (port ? *port : std::to_string(usual.port));
}

}  // namespace

void apply_listen_flags(const Arguments& arguments, Draft& draft) {
  const std::string *host = arguments.find("--host"), *port = arguments.find("--port");
  const std::string *path = arguments.find("--unix-socket"), *mode = arguments.find("--unix-socket-perms");
  if (mode && !path)
    draft.add({&fault('E', 3022), "--unix-socket-perms is of no use without --unix-socket", {}, {}, {}});
  if (!host && !port && !path) return;
  const std::string flag = host ? "--host" : port ? "--port" : "--unix-socket";
  if (arguments.find("--listen"))
    return exclude(flag, "--listen",
                   path && !host && !port ? "--listen unix:" + *path : "--listen " + address_of(host, port), draft);

  std::vector<net::Endpoint> listen;
  if (host || port) listen_on(port ? "--port" : "--host", address_of(host, port), listen, draft);
  if (path) listen_on("--unix-socket", "unix:" + *path + (mode ? ",mode=" + *mode : ""), listen, draft);
  draft.settings.listen = std::move(listen);
  draft.origins["server.listen"] = flag;
}

}  // namespace appserve::config
