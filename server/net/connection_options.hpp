// What every connection of a server has in common.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "http/limits.hpp"
#include "http/proxy_protocol.hpp"
#include "net/timeouts.hpp"

namespace appserve::net {

/// Whose connections begin with a PROXY header, which every one has to have then. `trusts` is called on any loop.
struct ProxyOptions {
  http::ProxyProtocol accepted = http::ProxyProtocol::off;
  std::function<bool(std::string_view peer)> trusts;  // anybody else is refused
};

struct ConnectionOptions {
  http::Limits limits;
  Timeouts timeouts;
  std::chrono::milliseconds cancel_grace{5000};  // for a cancelled handler to end; then it counts as stuck
  std::size_t connections = 10'000;              // of the whole server; more are answered 503
  std::size_t lookahead = 16'384;                // bytes of pipelined requests read behind the one being answered
  std::string ident = "appserve";                // the Server field; empty: none
  std::string scheme = "http";
  ProxyOptions proxy;
};

}  // namespace appserve::net
