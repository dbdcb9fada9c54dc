#include <algorithm>

#include "config/option_types.hpp"
#include "middleware/trusted_proxy.hpp"

namespace appserve::config {
namespace {

using Kind = Complaint::Kind;
constexpr std::string_view kSeparators = " \t,";
constexpr Integer kCount{0, 100};  // 0 has a message of its own

Complaint said(const Fault& fault, Place place, std::string what) {
  return {Kind::said, place, Error{&fault, std::move(what), {}, {}, {}}};
}

}  // namespace

Expects TrustedPeers::expects() const {
  return {"an address", R"(a list of addresses and networks like "10.0.0.0/8" or "fd00::/8", "unix:", or "*")", "",
          R"(["10.0.0.0/8"])"};
}

Wrong TrustedPeers::read(const Value& value, std::vector<std::string>& out) const {
  const Result<std::vector<Item>, Complaint> items = items_of(value, kSeparators);
  if (!items) return items.error();
  std::vector<std::string> peers;
  middleware::ProxyTrust trust;
  for (const Item& item : *items) {
    if (!trust.trust(item.text)) return Complaint{Kind::range, item.place};
    peers.emplace_back(item.text);
  }
  out = std::move(peers);
  return {};
}

std::string TrustedPeers::show(const std::vector<std::string>& peers) const { return show_list(peers); }

Expects ForwardingFields::expects() const {
  return {"a header's name",
          "\"forwarded\", or some of \"x-forwarded-for\", \"-host\", \"-proto\", \"-port\", \"-prefix\", \"-by\"", "",
          R"(["x-forwarded-for"])"};
}

Wrong ForwardingFields::read(const Value& value, std::vector<std::string>& out) const {
  const Result<std::vector<Item>, Complaint> items = items_of(value, kSeparators);
  if (!items) return items.error();
  std::vector<std::string> names;
  http::ForwardedFields fields;
  for (const Item& item : *items) {
    if (!middleware::believe(item.text, fields)) return Complaint{Kind::range, item.place};
    names.emplace_back(item.text);
  }
  if (names.empty()) return Complaint{Kind::range};
  if (fields.forwarded && fields != http::ForwardedFields{.forwarded = true})
    return said(fault('E', 3006), {},
                "Forwarded and X-Forwarded-* exclude each other: a proxy writes the one or the other");
  out = std::move(names);
  return {};
}

std::string ForwardingFields::show(const std::vector<std::string>& names) const { return show_list(names); }

Expects Hops::expects() const { return Integer{1, 100}.expects(); }

Wrong Hops::read(const Value& value, std::size_t& out) const {
  std::size_t hops = 0;
  if (auto wrong = kCount.read(value, hops)) return wrong;
  if (hops == 0)
    return said(fault('E', 3016), {}, "the number of trusted proxies in a row is 1 or more; 0 would believe nobody");
  out = hops;
  return {};
}

std::string Hops::show(std::size_t hops) const { return kCount.show(hops); }

}  // namespace appserve::config
