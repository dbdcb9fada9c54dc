#include "config/flags.hpp"

namespace appserve::config {

std::vector<CommandFlag> command_flags() {
  constexpr std::string_view kApps = "Apps", kListening = "Listening", kTools = "Tools";
  return {
      {kApps, {"--call", "", "the symbol after LIB: is a factory that makes the app"}, ""},
      {kApps, {"--url-prefix", "PREFIX", "mount the app there instead of at /"}, "a prefix like /game"},
      {kApps,
       {"--mount", "PREFIX=LIB:SYMBOL", "serve one more app, below PREFIX; repeatable", true},
       "PREFIX=LIB:SYMBOL"},
      {kApps, {"--mount-call", "PREFIX=LIB:FACTORY", "the same for a factory; repeatable", true}, "PREFIX=LIB:FACTORY"},
      {kApps, {"--config", "FILE", "read settings and apps from a TOML file"}, "a file"},
      {kListening, {"--host", "ADDR", "with --port: one address, as waitress-serve has it"}, "an address"},
      {kListening, {"--port", "PORT", "0: any free port, printed at the start"}, "a port"},
      {kListening, {"--unix-socket", "PATH", "listen on a unix socket"}, "a path"},
      {kListening, {"--unix-socket-perms", "MODE", "its permissions, octal"}, "an octal number like 600"},
      {kTools, {"--wait", "", "ctl: until it is done, and exit with how it went"}, "", {"ctl"}},
      {kTools, {"--pid", "N", "ctl: the server, where several run"}, "a process id", {"ctl"}},
      {kTools, {"--json", "", "check, inspect: print JSON"}, "", {"check", "inspect"}},
      {kTools, {"--routes", "", "inspect: load it in a process of its own, and list its routes"}, "", {"inspect"}},
      {kTools,
       {"--template", "NAME", "new: api, c, game or minimal (minimal)"},
       "the name of a template: api, c, game or minimal",
       {"new"}},
      {kGeneral, {"--help", "", "this text"}, ""},
      {kGeneral, {"--version", "", "the version"}, ""},
      {kGeneral, {"--features", "", "with --version: how it was built, and from what"}, ""},
  };
}

std::vector<WaitressFlag> waitress_flags() {
  using enum WaitressFlag::Effect;
  constexpr std::string_view kStreams = "bodies stream through a bounded buffer";
  constexpr std::string_view kLoop = "the event loop is another one";
  constexpr std::string_view kFamily = "name the address instead: --listen 0.0.0.0:8080 or --listen [::]:8080";
  return {
      {{"--channel-timeout", "SECONDS", "--keep-alive"}, seconds, "", "limits.keep_alive"},
      {{"--recv-bytes", "N", ""}, none, "the read buffer has one size"},
      {{"--send-bytes", "N", ""}, none, "what is ready is sent"},
      {{"--inbuf-overflow", "N", ""}, none, kStreams},
      {{"--outbuf-overflow", "N", ""}, none, kStreams},
      {{"--outbuf-high-watermark", "N", ""}, none, kStreams},
      {{"--cleanup-interval", "N", ""}, none, "timeouts are kept to the moment"},
      {{"--channel-request-lookahead", "N", ""}, none, "a client that leaves is always noticed"},
      {{"--asyncore-loop-timeout", "N", ""}, none, kLoop},
      {{"--asyncore-use-poll", "", ""}, none, kLoop},
      {{"--log-socket-errors", "", ""}, none, "the access log has the requests whose client left"},
      {{"--expose-tracebacks", "", ""}, none, "the log has the error under the id the client gets"},
      {{"--server-name", "NAME", ""}, none, "apps see the Host the client sent"},
      {{"--ipv4", "", ""}, on_only, kFamily},
      {{"--ipv6", "", ""}, on_only, kFamily},
      {{"--log-untrusted-proxy-headers", "", ""}, none, "they are told once per peer and hour"},
  };
}

}  // namespace appserve::config
