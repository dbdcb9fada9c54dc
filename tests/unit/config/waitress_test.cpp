// Every adjustment of Waitress (its docs/arguments.rst, 3.0) has a row in the guide, and its option is known: taken, or
// answered by a message that says what to do.
#include <algorithm>
#include <sstream>

#include "config/flags.hpp"
#include "config/subcommands.hpp"
#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

struct Adjustment {
  const char* name;
  const char* value;  // that waitress-serve would take; null: a switch
};

constexpr Adjustment kAdjustments[] = {
    {"host", "127.0.0.1"},
    {"port", "8080"},
    {"listen", "127.0.0.1:8080"},
    {"ipv4", nullptr},
    {"ipv6", nullptr},
    {"threads", "4"},
    {"trusted_proxy", "127.0.0.1"},
    {"trusted_proxy_count", "1"},
    {"trusted_proxy_headers", "x-forwarded-for"},
    {"log_untrusted_proxy_headers", nullptr},
    {"clear_untrusted_proxy_headers", nullptr},
    {"url_scheme", "http"},
    {"url_prefix", "/game"},
    {"ident", "waitress"},
    {"server_name", "example.org"},
    {"backlog", "1024"},
    {"recv_bytes", "8192"},
    {"send_bytes", "1"},
    {"outbuf_overflow", "1048576"},
    {"outbuf_high_watermark", "16777216"},
    {"inbuf_overflow", "524288"},
    {"connection_limit", "100"},
    {"cleanup_interval", "30"},
    {"channel_timeout", "120"},
    {"channel_request_lookahead", "0"},
    {"log_socket_errors", nullptr},
    {"max_request_header_size", "262144"},
    {"max_request_body_size", "1073741824"},
    {"expose_tracebacks", nullptr},
    {"unix_socket", "/run/hello.sock"},
    {"unix_socket_perms", "600"},
    {"asyncore_loop_timeout", "1"},
    {"asyncore_use_poll", nullptr},
};

std::string option_of(const Adjustment& adjustment) {
  std::string name = "--" + std::string(adjustment.name);
  std::ranges::replace(name, '_', '-');
  return adjustment.value == nullptr ? name : name + "=" + adjustment.value;
}

TEST_CASE("no option of waitress-serve is unknown") {
  for (const Adjustment& adjustment : kAdjustments) {
    const std::string option = option_of(adjustment);
    std::vector<const char*> arguments = {option.c_str(), "libhello.so:app"};
    if (option.starts_with("--unix-socket-perms")) arguments.push_back("--unix-socket=/run/hello.sock");
    const Result<Command, Errors> command = parse_command_line(arguments, Words());
    const std::string said = command ? "" : render_all(command.error());
    CHECK_MESSAGE(said.find("unknown option") == said.npos, said);
    CHECK_MESSAGE((command || said.find("not supported: ") != said.npos), said);
  }
}

TEST_CASE("every adjustment has a row in the guide for those who come from Waitress") {
  std::ostringstream page;
  page << std::ifstream(std::filesystem::path(APPSERVE_SOURCE_DIR) / "docs/guide/coming-from-waitress.md").rdbuf();
  for (const Adjustment& adjustment : kAdjustments)
    CHECK_MESSAGE(page.str().find("`" + std::string(adjustment.name) + "`") != std::string::npos, adjustment.name);
}

}  // namespace
}  // namespace appserve::config
