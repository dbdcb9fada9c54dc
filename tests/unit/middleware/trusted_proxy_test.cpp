#include "middleware/trusted_proxy.hpp"

#include <doctest/doctest.h>

#include "unit/middleware/fakes.hpp"

using namespace appserve;
using namespace appserve::middleware;
using http::Field;

namespace {

// What the app sees: "scheme authority remote prefix id", then its fields.
struct App final : service::Service {
  std::string seen, fields;
  bool called = false;

  void call(service::Request& request, service::ResponseWriter& response) noexcept override {
    called = true;
    for (const auto text : {request.scheme, request.authority, request.remote, request.prefix, request.id})
      seen += std::string(text.empty() ? "-" : text) + " ";
    for (const Field& field : request.fields)
      fields += std::string(field.name) + ": " + std::string(field.value) + "\n";
    response.respond({}, {});
    response.release();
  }
};

ProxyTrust trust(std::initializer_list<std::string_view> peers, std::initializer_list<std::string_view> names,
                 std::size_t hops = 1, bool clear = true) {
  ProxyTrust wanted{.networks = {}, .hops = hops, .fields = {}, .clear_untrusted = clear};
  for (const auto peer : peers) REQUIRE(wanted.trust(peer));
  for (const auto name : names) REQUIRE(believe(name, wanted.fields));
  return wanted;
}

struct Outcome {
  int status = 0;
  std::string seen, fields, body;
};

Outcome ask(const ProxyTrust& policy, std::string_view peer, std::vector<Field> fields) {
  Log log(Log::Level::off);
  App app;
  TrustedProxy front(app, policy, log);
  test::Answer answer;
  fields.insert(fields.begin(), {"host", "own.example"});
  service::Request request{
      .scheme = "http", .authority = "own.example", .remote = peer, .id = "made", .fields = fields};
  front.call(request, answer);
  CHECK(answer.releases == 1);
  CHECK(app.called == (answer.status == 200));
  return {answer.status, app.seen, app.fields, answer.body};
}

constexpr auto kPeer = "10.1.2.3:4711";

}  // namespace

TEST_CASE("a trusted proxy says who the client is, and the fields shown are the trusted tail") {
  const auto policy =
      trust({"10.0.0.0/8"}, {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix"});
  const auto seen = ask(policy, kPeer,
                        {{"x-forwarded-for", "6.6.6.6, 203.0.113.9"},
                         {"x-forwarded-proto", "https"},
                         {"x-forwarded-host", "shop.example"},
                         {"x-forwarded-prefix", "/shop"},
                         {"x-forwarded-port", "1"},
                         {"x-real-ip", "6.6.6.6"}});
  CHECK(seen.seen == "https shop.example 203.0.113.9 /shop made ");
  CHECK(seen.fields ==
        "host: shop.example\nx-forwarded-for: 203.0.113.9\nx-forwarded-proto: https\nx-forwarded-host: "
        "shop.example\nx-forwarded-prefix: /shop\n");
}

TEST_CASE("what somebody else says is taken out, unless that is switched off, and never believed") {
  const std::vector<Field> forged{{"forwarded", "for=6.6.6.6"},
                                  {"x-forwarded-for", "6.6.6.6"},
                                  {"x-forwarded-ssl", "on"},
                                  {"x-real-ip", "6.6.6.6"},
                                  {"x-other", "stays"}};
  for (const auto& policy : {trust({}, {"x-forwarded-for"}), trust({"10.1.2.4"}, {"forwarded"}),
                             trust({"unix:"}, {"x-forwarded-for"}), trust({"fd00::/8"}, {"x-forwarded-for"})}) {
    const auto seen = ask(policy, kPeer, forged);
    CHECK(seen.seen == "http own.example 10.1.2.3:4711 - made ");
    CHECK(seen.fields == "host: own.example\nx-other: stays\n");
  }
  const auto kept = ask(trust({}, {"x-forwarded-for"}, 1, false), kPeer, forged);
  CHECK(kept.seen == "http own.example 10.1.2.3:4711 - made ");
  CHECK(kept.fields.find("x-forwarded-for: 6.6.6.6") != std::string::npos);
}

TEST_CASE("a proxy may come over a unix socket, or be anybody") {
  CHECK(ask(trust({"unix:"}, {"x-forwarded-for"}), "unix:", {{"x-forwarded-for", "192.0.2.1"}}).seen ==
        "http own.example 192.0.2.1 - made ");
  CHECK(ask(trust({"*"}, {"x-forwarded-for"}), kPeer, {{"x-forwarded-for", "192.0.2.1"}}).seen ==
        "http own.example 192.0.2.1 - made ");
  CHECK(ask(trust({"10.1.2.3"}, {"x-forwarded-for"}), "unix:", {{"x-forwarded-for", "192.0.2.1"}}).seen ==
        "http own.example unix: - made ");
}

TEST_CASE("a trusted proxy's request id becomes the request's, when it is one") {
  const auto policy = trust({"10.0.0.0/8"}, {"x-forwarded-for"});
  CHECK(ask(policy, kPeer, {{"x-request-id", "a1-b2"}}).seen == "http own.example 10.1.2.3:4711 - a1-b2 ");
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("<x>"), std::string(129, 'a')})
    CHECK(ask(policy, kPeer, {{"x-request-id", bad}}).seen == "http own.example 10.1.2.3:4711 - made ");
  CHECK(ask(policy, "192.0.2.9:1", {{"x-request-id", "a1"}}).seen == "http own.example 192.0.2.9:1 - made ");
}

TEST_CASE("a malformed word of a trusted proxy is 400 and no app sees the request") {
  const auto seen = ask(trust({"10.0.0.0/8"}, {"x-forwarded-for"}), kPeer, {{"x-forwarded-for", "localhost"}});
  CHECK(seen.status == 400);
  CHECK(seen.body.find("Header \"X-Forwarded-For\" malformed.") != std::string::npos);
}

TEST_CASE(
    "forged fields, two hundred and more, under every policy: an app sees addresses, hosts and schemes or nothing") {
  const std::vector<std::string_view> values{"6.6.6.6",
                                             "unknown",
                                             "_hidden",
                                             "127.0.0.1",
                                             "::1",
                                             "[::1]",
                                             "[::1]:80",
                                             "6.6.6.6:80",
                                             "localhost",
                                             "127.1",
                                             "0177.0.0.1",
                                             "0x7f.0.0.1",
                                             "2130706433",
                                             "<script>alert(1)</script>",
                                             "' OR 1=1",
                                             "6.6.6.6 7.7.7.7",
                                             "6.6.6.6,7.7.7.7",
                                             "6.6.6.6, 7.7.7.7, 8.8.8.8",
                                             ",",
                                             ", ,",
                                             "6.6.6.6,",
                                             ",6.6.6.6",
                                             "\"6.6.6.6\"",
                                             "\"6.6.6.6",
                                             "6.6.6.6\"",
                                             "\"[::1]:80\"",
                                             "[::1",
                                             "::1]",
                                             "fe80::1%eth0",
                                             "6.6.6.6:0",
                                             "6.6.6.6:99999",
                                             "6.6.6.6:http",
                                             "https",
                                             "HTTPS",
                                             "ftp",
                                             "https,http",
                                             "evil.example",
                                             "Evil.Example:81",
                                             "evil.example:99999",
                                             "a b",
                                             "a/b",
                                             "user@evil.example",
                                             "/evil",
                                             "//evil.example",
                                             "/../evil",
                                             "/a?b",
                                             "443",
                                             "0",
                                             "-1",
                                             "65536",
                                             "for=6.6.6.6",
                                             "for=6.6.6.6;proto=https;host=evil.example",
                                             "for=\"[::1]:80\"",
                                             "for=unknown",
                                             "for=_x",
                                             "for=localhost",
                                             "for=6.6.6.6;for=7.7.7.7",
                                             "for=\"6.6.6.6",
                                             "for",
                                             "proto=ftp",
                                             "host=a b",
                                             "host=\"evil.example\"",
                                             "for=6.6.6.6, for=7.7.7.7",
                                             "by=6.6.6.6"};
  const std::vector<std::string_view> names{"forwarded",         "x-forwarded-for",  "x-forwarded-host",
                                            "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix",
                                            "x-forwarded-by",    "x-real-ip",        "x-forwarded-ssl"};
  const ProxyTrust policies[] = {
      trust({}, {"x-forwarded-for"}),
      trust({"10.9.9.9"}, {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}),
      trust({"10.0.0.0/8"}, {"x-forwarded-for"}),
      trust({"10.0.0.0/8"},
            {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix"}, 2),
      trust({"10.0.0.0/8"}, {"forwarded"}),
      trust({"*"}, {"forwarded"}, 2),
  };
  std::size_t cases = 0;
  for (const ProxyTrust& policy : policies)
    for (const auto name : names)
      for (const auto value : values) {
        ++cases;
        const auto seen = ask(policy, kPeer, {{name, value}});
        const bool believed = policy.trusts(kPeer) && http::is_believed(name, policy.fields);
        CAPTURE(name);
        CAPTURE(value);
        if (!believed) {
          CHECK(seen.status == 200);
          CHECK(seen.seen == "http own.example 10.1.2.3:4711 - made ");
          CHECK(seen.fields == "host: own.example\n");
          continue;
        }
        if (seen.status == 400) continue;
        CHECK(seen.status == 200);
        const auto at = seen.seen.find(' '), next = seen.seen.find(' ', at + 1), last = seen.seen.find(' ', next + 1);
        const std::string scheme = seen.seen.substr(0, at), remote = seen.seen.substr(next + 1, last - next - 1);
        const bool known_scheme = scheme == "http" || scheme == "https";
        CHECK(known_scheme);
        CHECK(http::parse_ip_endpoint(remote).has_value());
        CHECK(seen.seen.find_first_of("<>'\"@?") == std::string::npos);
      }
  CHECK(cases >= 1000);
}
