#include "base/ascii.hpp"
#include "config/option.hpp"
#include "config/option_types.hpp"
#include "config/watch_types.hpp"

namespace appserve::config {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB, kTiB = 1024 * kGiB;
constexpr milliseconds kDay = std::chrono::hours(24);

struct Row {
  std::string_view group, path;
  Flag flag;
};

// `access` names the member of Settings (const or not) the row is about.
template <class Type, class Access>
Option option(Row row, Type type, Access access) {
  return {row.group,
          row.path,
          row.flag,
          type.expects(),
          [type, access](Settings& settings, const Value& value) { return type.read(value, access(settings)); },
          [type, access](const Settings& settings) { return type.show(access(settings)); }};
}

}  // namespace

std::string environment_name(std::string_view path) {
  std::string out = "APPSERVE_";
  for (const char c : path) {
    if (c == '.')
      out += "__";
    else
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

const std::vector<Option>& option_table() {
  constexpr std::string_view kListening = "Listening", kServer = "Server", kProxy = "Proxies", kLimits = "Limits",
                             kTimes = "Timeouts", kLog = "Messages", kAdmin = "Watching";
  constexpr Period period{milliseconds(1), kDay};
  static const std::vector<Option> table = {
      option({kListening,
              "server.listen",
              {"--listen", "ADDR", "HOST:PORT, unix:PATH, systemd or fd:N; repeatable", true}},
             Endpoints{}, [](auto& s) -> auto& { return s.listen; }),
      option(
          {kListening, "server.backlog", {"--backlog", "N", "connections the kernel queues before they are accepted"}},
          Integer{1, 65535}, [](auto& s) -> auto& { return s.backlog; }),

      option({kServer, "server.workers", {"--workers", "N", "processes that serve; each has --threads event loops"}},
             Integer{1, 256}, [](auto& s) -> auto& { return s.workers; }),
      option({kServer, "server.threads", {"--threads", "N|auto", "event loops, one thread each; auto: one per CPU"}},
             Integer{1, 1024, "auto"}, [](auto& s) -> auto& { return s.threads; }),
      option({kServer, "server.blocking_threads", {"--blocking-threads", "N", "threads for apps' blocking work"}},
             Integer{1, 1024}, [](auto& s) -> auto& { return s.blocking_threads; }),
      option({kServer, "server.max_stuck", {"--max-stuck", "N", "handlers that ignore their end before a worker goes"}},
             Integer{1, 1'000'000}, [](auto& s) -> auto& { return s.max_stuck; }),
      option({kServer,
              "server.max_requests",
              {"--max-requests", "N", "a worker is replaced after about so many; 0: any number"}},
             Integer{0, 1'000'000'000'000}, [](auto& s) -> auto& { return s.max_requests; }),
      option(
          {kServer, "server.max_memory", {"--max-memory", "SIZE", "a worker that has more in use is replaced; 0: any"}},
          Size{0, kTiB}, [](auto& s) -> auto& { return s.max_memory; }),
      option({kServer, "server.ident", {"--ident", "TEXT", "the Server response field; empty: none"}}, Text{},
             [](auto& s) -> auto& { return s.ident; }),
      option({kServer, "server.user", {"--user", "NAME", "who the apps run as; the server was started as root"}},
             Text{}, [](auto& s) -> auto& { return s.user; }),
      option({kServer, "server.group", {"--group", "NAME", "which group; empty: the user's own"}}, Text{},
             [](auto& s) -> auto& { return s.group; }),
      option({kServer, "server.url_scheme", {"--url-scheme", "SCHEME", "what apps see as the scheme: http or https"}},
             Choice{{"http", "https"}}, [](auto& s) -> auto& { return s.url_scheme; }),
      option({kServer, "server.instance", {"--instance", "NAME", "this server's name, for its apps and logs"}}, Text{},
             [](auto& s) -> auto& { return s.instance; }),
      option({kServer,
              "server.app_path",
              {"--app-path", "DIR", "look here too for libraries without a slash; repeatable", true}},
             Folders{}, [](auto& s) -> auto& { return s.app_path; }),
      option({kServer, "server.runtime_dir", {"--runtime-dir", "DIR", "private copies of libraries; empty: found out"}},
             Folder{}, [](auto& s) -> auto& { return s.runtime_dir; }),

      option(
          {kServer, "server.reload", {"--reload", "", "when a library or the configuration changes; for development"}},
          Boolean{}, [](auto& s) -> auto& { return s.reload; }),
      option(
          {kServer, "server.supervisor", {"--supervisor", "", "a process that owns the sockets and replaces workers"}},
          Boolean{}, [](auto& s) -> auto& { return s.supervisor; }),

      option({kProxy,
              "proxy.trusted",
              {"--trusted-proxy", "ADDR", "address, network, unix: or * whose word is taken; repeatable", true}},
             TrustedPeers{}, [](auto& s) -> auto& { return s.proxy.trusted; }),
      option({kProxy, "proxy.hops", {"--trusted-proxy-count", "N", "proxies in a row, each of which adds an entry"}},
             Hops{}, [](auto& s) -> auto& { return s.proxy.hops; }),
      option({kProxy, "proxy.headers", {"--trusted-proxy-headers", "LIST", "what is believed of them"}},
             ForwardingFields{}, [](auto& s) -> auto& { return s.proxy.headers; }),
      option({kProxy,
              "proxy.clear_untrusted",
              {"--clear-untrusted-proxy-headers", "", "such headers of anybody else never reach an app"}},
             Boolean{}, [](auto& s) -> auto& { return s.proxy.clear_untrusted; }),
      option({kProxy,
              "proxy.protocol",
              {"--proxy-protocol", "VERSION", "connections begin with a PROXY header: off, v1, v2 or any"}},
             Choice{{"off", "v1", "v2", "any"}}, [](auto& s) -> auto& { return s.proxy.protocol; }),

      option({kLimits,
              "limits.connections",
              {"--connection-limit", "N", "open connections of a worker; beyond, idle ones go, or 503"}},
             Integer{1, 1'000'000}, [](auto& s) -> auto& { return s.connections; }),
      option({kLimits, "limits.header", {"--max-request-header-size", "SIZE", "a request's head; larger is 431"}},
             Size{1 * kKiB, 16 * kMiB}, [](auto& s) -> auto& { return s.limits.head; }),
      option(
          {kLimits, "limits.fields", {"--max-request-header-fields", "N", "header fields of a request; more is 431"}},
          Integer{1, 10'000}, [](auto& s) -> auto& { return s.limits.fields; }),
      option({kLimits, "limits.target", {"--max-request-target-size", "SIZE", "a request's target; larger is 414"}},
             Size{64, 16 * kMiB}, [](auto& s) -> auto& { return s.limits.target; }),
      option({kLimits, "limits.body", {"--max-request-body-size", "SIZE", "a request's body; larger is 413"}},
             Size{0, kTiB}, [](auto& s) -> auto& { return s.limits.body; }),
      option({kLimits,
              "limits.chunk_overhead",
              {"--max-chunk-overhead", "SIZE", "chunk extensions and trailers of a body; larger is 400"}},
             Size{0, 16 * kMiB}, [](auto& s) -> auto& { return s.limits.chunk_overhead; }),
      option({kLimits,
              "limits.lookahead",
              {"--request-lookahead", "SIZE", "of pipelined requests read behind the one being answered"}},
             Size{1 * kKiB, 16 * kMiB}, [](auto& s) -> auto& { return s.lookahead; }),
      option({kLimits, "limits.require_host", {"--require-host", "", "an HTTP/1.1 request without Host is 400"}},
             Boolean{}, [](auto& s) -> auto& { return s.limits.require_host; }),

      option({kTimes,
              "limits.header_timeout",
              {"--header-timeout", "TIME", "for a request's head to arrive; longer is 408"}},
             period, [](auto& s) -> auto& { return s.timeouts.head; }),
      option({kTimes,
              "limits.body_min_rate",
              {"--body-min-rate", "N", "bytes per second a body must bring; slower is 408"}},
             Integer{0, kGiB}, [](auto& s) -> auto& { return s.timeouts.body_min_rate; }),
      option({kTimes, "limits.body_timeout", {"--body-timeout", "TIME", "for more of a body to arrive; longer is 408"}},
             period, [](auto& s) -> auto& { return s.timeouts.body; }),
      option({kTimes,
              "limits.request_timeout",
              {"--request-timeout", "TIME", "for an app to start its response; longer is 504"}},
             period, [](auto& s) -> auto& { return s.timeouts.request; }),
      option({kTimes, "limits.cancel_grace", {"--cancel-grace", "TIME", "for a cancelled handler to end"}}, period,
             [](auto& s) -> auto& { return s.cancel_grace; }),
      option({kTimes, "limits.write_timeout", {"--write-timeout", "TIME", "for a client to take more of a response"}},
             period, [](auto& s) -> auto& { return s.timeouts.write; }),
      option({kTimes, "limits.keep_alive", {"--keep-alive", "TIME", "how long an idle connection is kept"}}, period,
             [](auto& s) -> auto& { return s.timeouts.keep_alive; }),
      option({kTimes, "server.start_timeout", {"--start-timeout", "TIME", "for a worker to load its apps"}}, period,
             [](auto& s) -> auto& { return s.start_timeout; }),
      option({kTimes,
              "shutdown.delay",
              {"--shutdown-delay", "TIME", "for which a stopping server still lets newcomers in"}},
             Period{milliseconds(0), kDay}, [](auto& s) -> auto& { return s.delay; }),
      option(
          {kTimes, "shutdown.grace", {"--shutdown-grace", "TIME", "what running requests get when the server stops"}},
          Period{milliseconds(0), kDay}, [](auto& s) -> auto& { return s.grace; }),

      option({kTimes, "guard.loop_block", {"--loop-block", "TIME", "an app that holds its loop longer is named"}},
             period, [](auto& s) -> auto& { return s.loop_block; }),

      option({kLog, "log.level", {"--log-level", "LEVEL", "trace, debug, info, warn or error"}},
             Choice{{"trace", "debug", "info", "warn", "error"}}, [](auto& s) -> auto& { return s.log_level; }),
      option({kLog, "log.color", {"--color", "WHEN", "auto, always or never"}}, Choice{{"auto", "always", "never"}},
             [](auto& s) -> auto& { return s.color; }),
      option({kLog, "log.error", {"--log-error", "FILE", "where the server's own log goes; empty: standard error"}},
             LogFile{}, [](auto& s) -> auto& { return s.log_error; }),
      option({kLog, "log.format", {"--log-format", "FORMAT", "of the server's own log: text or json"}},
             Choice{{"text", "json"}}, [](auto& s) -> auto& { return s.log_format; }),
      option({kLog, "log.access", {"--access-log", "FILE", "one line per request; -: standard output; empty: none"}},
             LogFile{}, [](auto& s) -> auto& { return s.access_log; }),
      option({kLog,
              "log.access_format",
              {"--access-log-format", "FORMAT", "common, combined, json, or a text with {names}"}},
             LineFormat{}, [](auto& s) -> auto& { return s.access_format; }),
      option({kLog,
              "log.access_skip",
              {"--access-log-skip", "PATH", "requests for it are not logged when all is well; repeatable", true}},
             RequestPaths{}, [](auto& s) -> auto& { return s.access_skip; }),

      option({kAdmin, "admin.listen", {"--admin-listen", "ADDR", "metrics, health and the status page; empty: none"}},
             Address{}, [](auto& s) -> auto& { return s.admin; }),
      option({kAdmin, "admin.token", {"--admin-token", "TEXT", "what a bearer must show there"}}, Secret{},
             [](auto& s) -> auto& { return s.admin_token; }),
  };
  return table;
}

}  // namespace appserve::config
