// Where to listen, as a person writes it and as the kernel takes it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace appserve::net {

struct Endpoint {
  enum class Kind { tcp, unix_path, systemd, descriptor } kind = Kind::tcp;
  std::string host;        // tcp: a name or address; "" or "*" = every address of the machine
  std::uint16_t port = 0;  // tcp: 0 = any free one
  std::string path;        // unix_path
  unsigned mode = 0600;    // unix_path: the socket's permissions
  std::string name;        // systemd: of the sockets a service manager gave; "" = all of them
  int descriptor = -1;     // descriptor: an open one that listens

  /// Its sockets were made by somebody else.
  bool given() const { return kind == Kind::systemd || kind == Kind::descriptor; }

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// "HOST:PORT", ":PORT", "*:PORT", "[V6]:PORT", "PORT", "unix:PATH[,mode=OCTAL]", "systemd[:NAME]", "fd:N". E4004 for a
/// bad port, E4007 for a path over 107 bytes, E3021 for the rest.
Result<Endpoint, Error> parse_endpoint(std::string_view text);

/// As it is printed and may be typed again: "127.0.0.1:8080", "[::1]:80", "unix:/run/x.sock".
std::string to_string(const Endpoint& endpoint);

}  // namespace appserve::net
