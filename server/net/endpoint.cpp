#include "net/endpoint.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.hpp"

namespace appserve::net {
namespace {

using Parsed = Result<Endpoint, Error>;

constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

Failure<Error> refuse(const Fault& fault, std::string what, std::vector<std::string> help = {}) {
  return Failure<Error>(Error{&fault, std::move(what), {}, {}, std::move(help)});
}

Failure<Error> no_address(std::string_view text, std::string_view why, std::vector<std::string> help = {}) {
  return refuse(fault('E', 3021), "cannot listen on '" + std::string(text) + "': " + std::string(why), std::move(help));
}

std::string quote(std::string_view text) { return "'" + std::string(text) + "'"; }

Result<std::uint16_t, Error> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port > 65535)
    return refuse(fault('E', 4004), quote(text) + " is not a port; a port is a number from 0 to 65535");
  return static_cast<std::uint16_t>(port);
}

bool is_ipv6(std::string_view text) {
  const std::string address(text.substr(0, text.find('%')));  // an interface may follow: fe80::1%eth0
  in6_addr binary{};
  return inet_pton(AF_INET6, address.c_str(), &binary) == 1;
}

// Names and IPv4 addresses; a name that looks like an address must be one.
bool is_host(std::string_view text) {
  const auto letter = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; };
  if (text.empty() || text.size() > 253 || !std::ranges::all_of(text, letter)) return false;
  const auto numeric = [](char c) { return ascii::is_digit(c) || c == '.'; };
  in_addr binary{};
  return !std::ranges::all_of(text, numeric) || inet_pton(AF_INET, std::string(text).c_str(), &binary) == 1;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::optional<unsigned> parse_mode(std::string_view text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || text.size() < 3 || mode > 0777) return {};
  return mode;
}

Parsed parse_unix(std::string_view text, std::string_view rest) {
  Endpoint endpoint{.kind = Endpoint::Kind::unix_path};
  const std::size_t comma = rest.find(',');
  endpoint.path = rest.substr(0, comma);
  if (comma != rest.npos) {
    constexpr std::string_view kMode = "mode=";
    const std::string_view option = rest.substr(comma + 1);
    if (!option.starts_with(kMode)) return no_address(text, "only mode= may follow the path", {"unix:PATH,mode=660"});
    const std::optional<unsigned> mode = parse_mode(option.substr(kMode.size()));
    if (!mode) return no_address(text, "the mode is not an octal number like 660", {"unix:PATH,mode=660"});
    endpoint.mode = *mode;
  }
  if (endpoint.path.empty()) return no_address(text, "no path after unix:", {"unix:/run/appserve.sock"});
  if (std::ranges::any_of(endpoint.path, is_control)) return no_address(text, "the path has a control character in it");
  if (endpoint.path.size() > kLongestPath)
    return refuse(fault('E', 4007), "the unix socket's path has " + std::to_string(endpoint.path.size()) +
                                        " bytes; the system takes at most " + std::to_string(kLongestPath) + ": " +
                                        quote(endpoint.path));
  return endpoint;
}

Parsed parse_systemd(std::string_view text, std::string_view name) {
  const auto usable = [](char c) { return c > ' ' && c < 0x7F && c != ':'; };  // sd_listen_fds_with_names(3)
  if (name.empty() || name.size() > 255 || !std::ranges::all_of(name, usable))
    return no_address(text, "a socket's name has 1 to 255 visible characters", {"systemd, or systemd:NAME"});
  return Endpoint{.kind = Endpoint::Kind::systemd, .name = std::string(name)};
}

Parsed parse_descriptor(std::string_view text, std::string_view number) {
  constexpr int kLowest = 3, kHighest = 1'000'000;
  int fd = -1;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), fd);
  if (error != std::errc() || end != number.data() + number.size() || fd < kLowest || fd > kHighest)
    return no_address(text, "a descriptor is a number from 3", {"fd:3"});
  return Endpoint{.kind = Endpoint::Kind::descriptor, .descriptor = fd};
}

Parsed parse_tcp(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view host = colon == text.npos ? std::string_view("127.0.0.1") : text.substr(0, colon);
  const std::string_view port = colon == text.npos ? text : text.substr(colon + 1);
  constexpr std::string_view kBrackets = "an IPv6 address is written in brackets";
  if (is_ipv6(host)) return no_address(text, kBrackets, {"[" + std::string(host) + "]:" + std::string(port)});
  if (is_ipv6(text)) return no_address(text, kBrackets, {"[" + std::string(text) + "]:8080"});
  if (text.starts_with('[') && text.ends_with(']')) return no_address(text, "no port", {std::string(text) + ":8080"});
  if (colon == text.npos && is_host(text) && !std::ranges::all_of(text, ascii::is_digit))
    return no_address(text, "no port", {std::string(text) + ":8080"});

  Endpoint endpoint;
  if (host.starts_with('[') && host.ends_with(']')) {
    endpoint.host = host.substr(1, host.size() - 2);
    if (!is_ipv6(endpoint.host)) return no_address(text, quote(endpoint.host) + " is not an IPv6 address");
  } else if (!host.empty() && host != "*") {
    if (!is_host(host)) return no_address(text, quote(host) + " is not a host name or address");
    endpoint.host = host;
  }
  Result<std::uint16_t, Error> number = parse_port(port);
  if (!number) return Failure<Error>(std::move(number.error()));
  endpoint.port = *number;
  return endpoint;
}

}  // namespace

Result<Endpoint, Error> parse_endpoint(std::string_view text) {
  constexpr std::string_view kUnix = "unix:", kSystemd = "systemd", kDescriptor = "fd:";
  if (text.empty()) return no_address(text, "it is empty", {"127.0.0.1:8080"});
  if (text.starts_with(kUnix)) return parse_unix(text, text.substr(kUnix.size()));
  if (text == kSystemd) return Endpoint{.kind = Endpoint::Kind::systemd};
  if (text.starts_with("systemd:")) return parse_systemd(text, text.substr(kSystemd.size() + 1));
  if (text.starts_with(kDescriptor)) return parse_descriptor(text, text.substr(kDescriptor.size()));
  return parse_tcp(text);
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.kind == Endpoint::Kind::systemd) return "systemd" + (endpoint.name.empty() ? "" : ":" + endpoint.name);
  if (endpoint.kind == Endpoint::Kind::descriptor) return "fd:" + std::to_string(endpoint.descriptor);
  if (endpoint.kind == Endpoint::Kind::unix_path) {
    if (endpoint.mode == Endpoint{}.mode) return "unix:" + endpoint.path;
    const auto digit = [&](unsigned shift) { return static_cast<char>('0' + (endpoint.mode >> shift & 7)); };
    return "unix:" + endpoint.path + ",mode=" + digit(6) + digit(3) + digit(0);
  }
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

}  // namespace appserve::net
