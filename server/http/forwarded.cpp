#include "http/forwarded.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "http/authority.hpp"
#include "http/chars.hpp"
#include "http/field_values.hpp"
#include "http/ip_address.hpp"
#include "http/path.hpp"

namespace appserve::http {
namespace {

constexpr Refusal kBadForwarded{400, "Header \"Forwarded\" malformed."};
constexpr Refusal kBadFor{400, "Header \"X-Forwarded-For\" malformed."};
constexpr Refusal kBadHost{400, "Header \"X-Forwarded-Host\" malformed."};
constexpr Refusal kBadProto{400, "Header \"X-Forwarded-Proto\" malformed."};
constexpr Refusal kBadPort{400, "Header \"X-Forwarded-Port\" malformed."};
constexpr Refusal kBadPrefix{400, "Header \"X-Forwarded-Prefix\" malformed."};

using Wrong = std::optional<Refusal>;
using Texts = std::vector<std::string_view>;

/// The values of all lines of one name.
Texts values_of(std::span<const Field> fields, std::string_view name) {
  Texts found;
  for (const Field& field : fields)
    if (field.name == name && !field.value.empty()) found.push_back(field.value);
  return found;
}

/// Splits where `separator` is outside a quoted string. False: a quoted string does not end.
bool split_quoted(std::string_view text, char separator, Texts& parts) {
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == separator) {
      parts.push_back(ascii::trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.push_back(ascii::trim(text.substr(begin)));
  return !quoted;
}

/// A token or quoted string without its quotes and backslashes; nothing when it is neither.
std::optional<std::string> unquote(std::string_view text) {
  if (!text.starts_with('"')) return chars::is_token(text) ? std::optional(std::string(text)) : std::nullopt;
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size() ? std::optional(out) : std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    if (!chars::is(text[i], chars::kText)) return std::nullopt;
    out += text[i];
  }
  return std::nullopt;
}

/// The same for values that proxies do not quote: addresses with colons, hosts.
std::optional<std::string> loosely_unquoted(std::string_view text) {
  if (text.starts_with('"')) return unquote(text);
  return std::string(text);
}

/// The entries of a list over all its lines, the last `hops` of them. Nothing when it is no list.
std::optional<Texts> last_entries(const Texts& lines, std::size_t hops) {
  Texts entries;
  for (const auto line : lines)
    if (!split_quoted(line, ',', entries)) return std::nullopt;
  if (entries.size() > hops) entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(hops));
  return entries;
}

std::string joined(const Texts& entries) {
  std::string out;
  for (const auto entry : entries) out.append(out.empty() ? "" : ", ").append(entry);
  return out;
}

/// A client that is not named ("unknown", "_hidden"): legal, and nothing is learnt (RFC 7239 6.2, 6.3).
bool is_unnamed(std::string_view node) {
  const std::string_view name = node.substr(0, node.find(':'));
  if (ascii::iequals(name, "unknown")) return true;
  const auto obfuscated = [](char c) { return ascii::is_alnum(c) || c == '.' || c == '_' || c == '-'; };
  return name.size() > 1 && name.front() == '_' && std::ranges::all_of(name, obfuscated);
}

/// Canonical text of a client; empty for one without a name; nothing for what is neither.
std::optional<std::string> client_of(std::string_view node) {
  if (is_unnamed(node)) return std::string();
  const auto endpoint = parse_ip_endpoint(node);
  if (!endpoint) return std::nullopt;
  std::string text = to_string(endpoint->address);
  if (endpoint->port != 0) text += ":" + std::to_string(endpoint->port);
  return text;
}

std::optional<std::string> scheme_of(std::string_view text) {
  for (const std::string_view known : {"http", "https"})
    if (ascii::iequals(text, known)) return std::string(known);
  return std::nullopt;
}

bool is_host(std::string_view text) { return is_authority(text) && !has_empty_host(text); }

bool has_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  return colon != authority.npos && authority.find(']', colon) == authority.npos;
}

// ---- Forwarded ------------------------------------------------------------------------------------------------------

/// One element: the oldest trusted one that has a value wins, field by field, and elements come oldest first.
Wrong read_element(std::string_view element, ForwardedClient& client) {
  Texts pairs;
  split_quoted(element, ';', pairs);
  unsigned seen = 0;
  for (const auto pair : pairs) {
    if (pair.empty()) continue;  // RFC 7239 4: parameters may be empty
    const auto equals = pair.find('=');
    if (equals == pair.npos || !chars::is_token(pair.substr(0, equals))) return kBadForwarded;
    const auto name = pair.substr(0, equals);
    const auto value = loosely_unquoted(pair.substr(equals + 1));
    if (!value || value->empty()) return kBadForwarded;
    const auto is = [name](std::string_view known) { return ascii::iequals(name, known); };
    const unsigned bit = is("for") ? 1U : is("host") ? 2U : is("proto") ? 4U : is("by") ? 8U : 0U;
    if ((seen & bit) != 0) return kBadForwarded;  // a parameter comes once
    seen |= bit;
    if (bit == 1) {
      const auto remote = client_of(*value);
      if (!remote) return kBadForwarded;
      if (client.remote.empty()) client.remote = *remote;
    } else if (bit == 2) {
      if (!is_host(*value)) return kBadForwarded;
      if (client.authority.empty()) client.authority = *value;
    } else if (bit == 4) {
      const auto scheme = scheme_of(*value);
      if (!scheme) return kBadForwarded;
      if (client.scheme.empty()) client.scheme = *scheme;
    }
  }
  return {};
}

Wrong read_rfc7239(std::span<const Field> fields, std::size_t hops, ForwardedClient& client) {
  const auto elements = last_entries(values_of(fields, "forwarded"), hops);
  if (!elements) return kBadForwarded;
  for (const auto element : *elements) {
    if (element.empty()) return kBadForwarded;
    if (auto wrong = read_element(element, client)) return wrong;
  }
  client.forwarded = joined(*elements);
  return {};
}

// ---- X-Forwarded-* --------------------------------------------------------------------------------------------------

Wrong read_x_for(std::span<const Field> fields, std::size_t hops, ForwardedClient& client) {
  const auto entries = last_entries(values_of(fields, "x-forwarded-for"), hops);
  if (!entries) return kBadFor;
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const auto node = loosely_unquoted((*entries)[i]);
    const auto remote = node ? client_of(*node) : std::nullopt;
    if (!remote) return kBadFor;
    if (i == 0) client.remote = *remote;
  }
  client.x_for = joined(*entries);
  return {};
}

Wrong read_x_host(std::span<const Field> fields, std::size_t hops, ForwardedClient& client) {
  const auto entries = last_entries(values_of(fields, "x-forwarded-host"), hops);
  if (!entries) return kBadHost;
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const auto host = loosely_unquoted((*entries)[i]);
    if (!host || !is_host(*host)) return kBadHost;
    if (i == 0) client.authority = *host;
  }
  client.x_host = joined(*entries);
  return {};
}

/// The value of a field that may come once and has one value; empty: it did not come. False: more than that.
bool only_value(std::span<const Field> fields, std::string_view name, std::string& out) {
  const Texts lines = values_of(fields, name);
  if (lines.empty()) return true;
  const auto value = loosely_unquoted(lines.front());
  if (lines.size() > 1 || !value || value->empty()) return false;
  out = *value;
  return true;
}

Wrong read_x_proto(std::span<const Field> fields, ForwardedClient& client) {
  std::string value;
  if (!only_value(fields, "x-forwarded-proto", value)) return kBadProto;
  if (value.empty()) return {};
  const auto scheme = scheme_of(value);
  if (!scheme) return kBadProto;
  client.scheme = *scheme;
  return {};
}

Wrong read_x_port(std::span<const Field> fields, std::string& port) {
  if (!only_value(fields, "x-forwarded-port", port)) return kBadPort;
  if (port.empty()) return {};
  const auto number = parse_decimal(port);
  if (!number || *number == 0 || *number > 65535) return kBadPort;
  port = std::to_string(*number);
  return {};
}

Wrong read_x_prefix(std::span<const Field> fields, ForwardedClient& client) {
  std::string value;
  if (!only_value(fields, "x-forwarded-prefix", value)) return kBadPrefix;
  if (value.empty()) return {};
  const bool plain = value.front() == '/' && !value.starts_with("//") &&
                     std::ranges::all_of(value, [](char c) { return chars::is(c, chars::kPath) || c == '%'; });
  if (!plain || normalise_path(value, client.prefix)) return kBadPrefix;
  while (client.prefix.ends_with('/')) client.prefix.pop_back();
  return {};
}

/// A host without a port gets the one that was said, unless it is the scheme's own.
void complete_authority(const std::string& port, std::string_view scheme, std::string_view authority,
                        ForwardedClient& client) {
  const std::string_view effective = client.scheme.empty() ? scheme : std::string_view(client.scheme);
  if (port.empty() || (!client.authority.empty() && has_port(client.authority))) return;
  std::string host = client.authority;
  if (host.empty()) {
    host = authority;
    if (has_port(host)) host.resize(host.rfind(':'));
  }
  if (host.empty()) return;
  const bool usual = port == (effective == "https" ? "443" : "80");
  client.authority = usual ? host : host + ":" + port;
}

Wrong read_x_forwarded(std::span<const Field> fields, const ForwardedFields& believed, std::size_t hops,
                       std::string_view scheme, std::string_view authority, ForwardedClient& client) {
  std::string port;
  Wrong wrong;
  if (believed.x_for) wrong = read_x_for(fields, hops, client);
  if (!wrong && believed.x_host) wrong = read_x_host(fields, hops, client);
  if (!wrong && believed.x_proto) wrong = read_x_proto(fields, client);
  if (!wrong && believed.x_port) wrong = read_x_port(fields, port);
  if (!wrong && believed.x_prefix) wrong = read_x_prefix(fields, client);
  if (!wrong) complete_authority(port, scheme, authority, client);
  return wrong;
}

}  // namespace

ForwardedReading read_forwarded(std::span<const Field> fields, const ForwardedFields& believed, std::size_t hops,
                                std::string_view scheme, std::string_view authority) {
  ForwardedReading reading;
  if (believed.forwarded)
    reading.refusal = read_rfc7239(fields, hops, reading.client);
  else
    reading.refusal = read_x_forwarded(fields, believed, hops, scheme, authority, reading.client);
  return reading;
}

bool is_forwarding_field(std::string_view name) {
  return name == "forwarded" || name == "x-real-ip" || name.starts_with("x-forwarded-");
}

bool is_believed(std::string_view name, const ForwardedFields& believed) {
  if (name == "forwarded") return believed.forwarded;
  if (believed.forwarded) return false;
  return (name == "x-forwarded-for" && believed.x_for) || (name == "x-forwarded-host" && believed.x_host) ||
         (name == "x-forwarded-proto" && believed.x_proto) || (name == "x-forwarded-port" && believed.x_port) ||
         (name == "x-forwarded-prefix" && believed.x_prefix) || (name == "x-forwarded-by" && believed.x_by);
}

}  // namespace appserve::http
