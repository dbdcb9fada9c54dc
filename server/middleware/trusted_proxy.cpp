#include "middleware/trusted_proxy.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/ascii.hpp"
#include "http/chars.hpp"
#include "loop/event_loop.hpp"

namespace appserve::middleware {
namespace {

using http::Field;
using service::Request;
using service::ResponseWriter;

constexpr std::size_t kPeersTold = 256;  // remembered at a time; beyond that some are told again
constexpr std::size_t kLongestId = 128;
constexpr std::string_view kRequestId = "x-request-id";

// A copy that lives as long as the request.
std::string_view keep(ResponseWriter& response, std::string_view text) {
  if (text.empty()) return {};
  auto* place = static_cast<char*>(response.allocate(text.size()));
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

// Copies the fields that `edit` keeps; it may change them.
template <class Edit>
void rewrite_fields(Request& request, ResponseWriter& response, Edit edit) {
  auto* fields = static_cast<Field*>(response.allocate(request.fields.size() * sizeof(Field)));
  std::size_t count = 0;
  for (Field field : request.fields)
    if (edit(field)) new (fields + count++) Field(field);
  request.fields = {fields, count};
}

const Field* first_forwarding(std::span<const Field> fields) {
  const auto found = std::ranges::find_if(fields, http::is_forwarding_field, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

bool is_request_id(std::string_view text) {
  const auto plain = [](char c) { return http::chars::is(c, http::chars::kUnreserved) || c == '=' || c == '+'; };
  return !text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, plain);
}

void take_request_id(Request& request) {
  const auto found = std::ranges::find(request.fields, kRequestId, &Field::name);
  if (found != request.fields.end() && is_request_id(found->value)) request.id = found->value;
}

void refuse(ResponseWriter& response, std::string_view why) {
  const std::string text = "Bad Request\n\n" + std::string(why) + "\n";
  const service::Piece body{.data = text};
  response.respond({.status = 400, .close = true, .content_type = "text/plain; charset=utf-8"}, {&body, 1});
  response.release();
}

// What is believed becomes the request, in its fields too.
void apply(const http::ForwardedClient& client, const ProxyTrust& trust, Request& request, ResponseWriter& response) {
  if (!client.remote.empty()) request.remote = keep(response, client.remote);
  if (!client.scheme.empty()) request.scheme = client.scheme == "https" ? "https" : "http";
  if (!client.authority.empty()) request.authority = keep(response, client.authority);
  request.prefix = keep(response, client.prefix);
  struct Tail {
    std::string_view name;
    const std::string& text;
    bool written = false;
  } tails[] = {{"forwarded", client.forwarded}, {"x-forwarded-for", client.x_for}, {"x-forwarded-host", client.x_host}};
  rewrite_fields(request, response, [&](Field& field) {
    if (field.name == "host" && !request.authority.empty()) field.value = request.authority;
    if (!http::is_forwarding_field(field.name)) return true;
    if (!http::is_believed(field.name, trust.fields)) return !trust.clear_untrusted;
    const auto tail = std::ranges::find(tails, field.name, &Tail::name);
    if (tail == std::end(tails)) return true;
    field.value = keep(response, tail->text);
    return !std::exchange(tail->written, true) && !tail->text.empty();  // the first line has all of it
  });
}

}  // namespace

bool ProxyTrust::trust(std::string_view peer) {
  if (peer == "*") return everybody = true;
  if (peer == "unix:" || peer == "unix" || peer == "localhost") return unix_peers = true;  // Waitress says localhost
  const auto network = http::parse_network(peer);
  if (network) networks.push_back(*network);
  return network.has_value();
}

bool ProxyTrust::trusts(std::string_view remote) const {
  if (everybody) return true;
  if (remote == "unix:") return unix_peers;
  if (networks.empty()) return false;
  const auto peer = http::parse_ip_endpoint(remote);
  return peer &&
         std::ranges::any_of(networks, [&](const http::IpNetwork& network) { return network.contains(peer->address); });
}

bool believe(std::string_view name, http::ForwardedFields& fields) {
  bool* const known[] = {&fields.forwarded, &fields.x_for,    &fields.x_host, &fields.x_proto,
                         &fields.x_port,    &fields.x_prefix, &fields.x_by};
  constexpr std::string_view kNames[] = {"forwarded",         "x-forwarded-for",  "x-forwarded-host",
                                         "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix",
                                         "x-forwarded-by"};
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if (ascii::iequals(name, kNames[i])) return *known[i] = true;
  return false;
}

void TrustedProxy::call(Request& request, ResponseWriter& response) noexcept {
  const Field* const first = first_forwarding(request.fields);
  if (!trust_.trusts(request.remote)) {
    if (first != nullptr && trust_.clear_untrusted) {
      tell_untrusted(request, first->name);
      rewrite_fields(request, response, [](const Field& field) { return !http::is_forwarding_field(field.name); });
    }
    return next_.call(request, response);
  }
  take_request_id(request);
  if (first != nullptr) {
    const auto reading =
        http::read_forwarded(request.fields, trust_.fields, trust_.hops, request.scheme, request.authority);
    if (reading.refusal) {
      log_.write(Log::Level::warn, std::string(reading.refusal->why) + " From the trusted proxy " +
                                       std::string(request.remote) + ", request " + std::string(request.id));
      return refuse(response, reading.refusal->why);
    }
    apply(reading.client, trust_, request, response);
  }
  next_.call(request, response);
}

void TrustedProxy::tell_untrusted(const Request& request, std::string_view field) {
  const auto peer = http::parse_ip_endpoint(request.remote);
  const std::string name = peer ? http::to_string(peer->address) : std::string(request.remote);
  const Time now = request.home != nullptr ? request.home->now() : Time{};
  {
    const std::lock_guard lock(told_mutex_);
    const auto told = told_.find(name);
    if (told != told_.end() && now < told->second + std::chrono::hours(1)) return;
    if (told_.size() >= kPeersTold) told_.clear();
    told_[name] = now;
  }
  log_.write(fault('W', 6009), "proxy header " + std::string(field) + " from " + name +
                                   " ignored: not in proxy.trusted (said once per peer and hour)");
}

}  // namespace appserve::middleware
