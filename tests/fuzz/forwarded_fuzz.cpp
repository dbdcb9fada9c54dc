// What proxies say, any bytes that a field may hold. Oracles: what is believed is an address, a scheme, a host and a
// path, whatever came; what the fields are rewritten to says the same again; what is left of the trusted tail does not
// matter.
#include <string>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "http/authority.hpp"
#include "http/chars.hpp"
#include "http/forwarded.hpp"
#include "http/ip_address.hpp"
#include "http/path.hpp"

namespace {

using namespace appserve;
using fuzz::check;
using http::Field;

void check_client(const http::ForwardedClient& client) {
  check(client.remote.empty() || http::parse_ip_endpoint(client.remote).has_value(), "the remote is no address");
  check(client.scheme.empty() || client.scheme == "http" || client.scheme == "https", "the scheme is another one");
  check(http::is_authority(client.authority), "the authority is malformed");
  std::string again;
  check(client.prefix.empty() || (!http::normalise_path(client.prefix, again) && again == client.prefix),
        "the prefix is not normal");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::string_view kNames[] = {"forwarded",         "x-forwarded-for",  "x-forwarded-host",
                                                "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix"};
  fuzz::Input input(data, size);
  const unsigned choice = input.octet();
  const std::size_t hops = 1 + choice % 4;
  const http::ForwardedFields believed =
      (choice & 4U) != 0
          ? http::ForwardedFields{.forwarded = true}
          : http::ForwardedFields{.x_for = true, .x_host = true, .x_proto = true, .x_port = true, .x_prefix = true};
  std::vector<Field> fields;
  while (!input.empty()) {
    const auto name = kNames[input.octet() % std::size(kNames)];
    const auto value = input.text(input.octet());
    if (!http::chars::all(value, http::chars::kText)) return 0;  // never gets here
    fields.push_back({name, value});
  }
  const auto reading = http::read_forwarded(fields, believed, hops, "http", "own.example");
  if (reading.refusal) {
    check(reading.refusal->status == 400, "another status");
    return 0;
  }
  check_client(reading.client);

  // An app, or a second server behind this one, reads the tail the same way.
  std::vector<Field> tail;
  for (const Field& field : fields)
    if (field.name != "forwarded" && field.name != "x-forwarded-for" && field.name != "x-forwarded-host")
      tail.push_back(field);
  tail.push_back({"forwarded", reading.client.forwarded});
  tail.push_back({"x-forwarded-for", reading.client.x_for});
  tail.push_back({"x-forwarded-host", reading.client.x_host});
  const auto again = http::read_forwarded(tail, believed, hops, "http", "own.example");
  check(!again.refusal, "the tail is refused");
  check(again.client.remote == reading.client.remote && again.client.scheme == reading.client.scheme &&
            again.client.authority == reading.client.authority,
        "the tail says something else");

  // Whatever stands in front of a tail of full length is not looked at.
  if (believed.forwarded || reading.client.x_for.empty()) return 0;
  const std::string longer = "<junk>, " + reading.client.x_for;
  const std::vector<Field> forged{{"x-forwarded-for", longer}};
  const auto entries = [](std::string_view text) {
    std::size_t n = 1;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && quoted)
        ++i;
      else if (text[i] == '"')
        quoted = !quoted;
      else if (text[i] == ',' && !quoted)
        ++n;
    }
    return n;
  };
  if (entries(reading.client.x_for) < hops) return 0;
  const auto unmoved = http::read_forwarded(forged, {.x_for = true}, hops, "http", "");
  check(!unmoved.refusal && unmoved.client.remote == reading.client.remote, "a forged entry moves the client");
  return 0;
}
