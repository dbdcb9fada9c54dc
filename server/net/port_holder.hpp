// Who listens on a TCP port, as far as /proc tells us: for the message that the port is taken.
#pragma once
#include <cstdint>
#include <string>

namespace appserve::net {

/// "nginx (pid 812)", or "" when it cannot be found out.
std::string port_holder(std::uint16_t port);

}  // namespace appserve::net
