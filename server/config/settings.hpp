// All settings of a server as plain values: the rooms' own options, composed. Every default is here and nowhere else.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/plugin_app.hpp"
#include "http/limits.hpp"
#include "net/endpoint.hpp"
#include "net/timeouts.hpp"

namespace appserve::config {

struct AppSettings {
  app::AppSpec load;
  std::string url_prefix;  // "" (the root) or "/game": normalised
  std::string config_json = "{}";
  std::size_t max_concurrency = 0;    // requests in flight, over all loops; 0: any number
  std::optional<std::uint64_t> body;  // bytes of a request's body, at most limits.body; none: limits.body
  SourceMark where;                   // the [[app]] line; line 0: `file` is what gave it ("--mount", "env …")
  std::map<std::string, SourceMark> config_marks;  // where the values of [app.config] stand, by dotted key
  std::string source;  // development: all that the library is built from; empty: the project makes it
};

/// A setting as people see it; secrets are hidden.
struct EffectiveValue {
  std::string path, value, origin;  // "server.threads", "auto", "config.toml:2"
};

struct ProxySettings {
  std::vector<std::string> trusted;  // addresses, networks, "unix:", "*"
  std::size_t hops = 1;
  std::vector<std::string> headers = {"x-forwarded-for", "x-forwarded-proto"};
  bool clear_untrusted = true;
  std::string protocol = "off";  // PROXY headers before the first request: off v1 v2 any
};

struct Settings {
  std::vector<net::Endpoint> listen = {{.host = "127.0.0.1", .port = 8080}};
  bool reload = false;             // when a library or the configuration changes, for development
  std::string dev;                 // of `appserve dev`: the folder where its state is; empty: production
  bool supervisor = true;          // a process that owns the sockets and replaces workers
  unsigned workers = 1;            // processes
  unsigned threads = 0;            // of each; 0: as many as the cgroup or the machine has CPUs
  unsigned blocking_threads = 16;  // for blocking()
  int backlog = 1024;
  std::string ident = "appserve";  // the Server field; empty: none
  std::string url_scheme = "http";
  std::string user, group;            // who the apps run as; empty: as the server was started
  std::string instance;               // this server's name for its apps and logs
  std::string runtime_dir;            // private plugin copies; empty: app::default_runtime_dir()
  std::vector<std::string> app_path;  // more folders to look for bare library names

  std::vector<AppSettings> apps;
  ProxySettings proxy;

  http::Limits limits;
  net::Timeouts timeouts;
  std::chrono::milliseconds cancel_grace{5000};     // for a cancelled handler to end
  std::size_t max_stuck = 100;                      // handlers that do not, before the worker is replaced
  std::uint64_t max_memory = 0;                     // of a worker, bytes resident; more: it is replaced; 0: any
  std::uint64_t max_requests = 0;                   // of a worker; then it is replaced; 0: any number
  std::size_t connections = 10'000;                 // of a worker; more are answered 503
  std::size_t lookahead = 16'384;                   // bytes of pipelined requests read ahead
  std::chrono::milliseconds start_timeout{30'000};  // for a worker to become ready
  std::chrono::milliseconds delay{0};               // shutdown: for how long newcomers are still let in
  std::chrono::milliseconds grace{30'000};          // shutdown: what running requests get

  std::chrono::milliseconds loop_block{100};  // a turn of a loop that takes longer is told

  std::string log_level = "info";   // trace debug info warn error
  std::string color = "auto";       // auto always never
  std::string log_error;            // the server's own log; empty or "-": standard error
  std::string log_format = "text";  // text json: of the server's own log
  std::string access_log;           // empty: none; "-": standard output
  std::string access_format = "combined";
  std::vector<std::string> access_skip;  // paths whose answered requests are not logged

  std::optional<net::Endpoint> admin;  // metrics, health, status page; none: off
  std::string admin_token;             // what a bearer must show there; empty: nothing

  std::vector<EffectiveValue> effective;  // all of the above, with where each comes from
};

}  // namespace appserve::config
