// Who the client is when a proxy stands between: what a trusted peer says of it becomes the request's scheme,
// authority, remote and prefix; what anybody else says is taken out before an app could believe it.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/forwarded.hpp"
#include "http/ip_address.hpp"
#include "service/service.hpp"

namespace appserve::middleware {

struct ProxyTrust {
  std::vector<http::IpNetwork> networks;
  bool everybody = false;   // "*"
  bool unix_peers = false;  // "unix:"
  std::size_t hops = 1;     // proxies in a row, each of which adds an entry
  http::ForwardedFields fields{.x_for = true, .x_proto = true};
  bool clear_untrusted = true;

  /// Adds "10.0.0.1", "10.0.0.0/8", "fd00::/8", "unix:" or "*". False: it is none of these.
  bool trust(std::string_view peer);
  /// `remote` as in Request::remote.
  bool trusts(std::string_view remote) const;
};

/// "forwarded", "x-forwarded-for", … in any case; false when it is no such field.
bool believe(std::string_view name, http::ForwardedFields& fields);

class TrustedProxy : public service::Service {
 public:
  /// Everything given outlives it.
  TrustedProxy(service::Service& next, const ProxyTrust& trust, Log& log) : next_(next), trust_(trust), log_(log) {}

  /// 400 when what a trusted proxy says is malformed; W6009 when somebody else says it.
  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

 private:
  void tell_untrusted(const service::Request& request, std::string_view field);

  service::Service& next_;
  const ProxyTrust& trust_;
  Log& log_;
  std::mutex told_mutex_;
  std::map<std::string, Time, std::less<>> told_;  // peers whose fields were ignored, and when that was said
};

}  // namespace appserve::middleware
