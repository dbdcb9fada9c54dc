#include "http/response_fields.hpp"

#include <algorithm>
#include <utility>

#include "base/append.hpp"
#include "base/ascii.hpp"
#include "http/chars.hpp"
#include "http/field_values.hpp"
#include "http/octets.hpp"

namespace appserve::http {
namespace {

enum class Role : std::uint8_t { plain, content_length, connection, hop_by_hop, upgrade, content_type, common };

/// What a field is to the server, by its name's length first: most are nothing.
Role role_of(std::string_view name) {
  const auto is = [name](std::string_view lower) { return ascii::iequals(name, lower); };
  switch (name.size()) {
    case 2:
      return is("te") ? Role::hop_by_hop : Role::plain;
    case 4:
      return is("date") ? Role::common : Role::plain;
    case 6:
      return is("server") ? Role::common : Role::plain;
    case 7:
      if (is("upgrade")) return Role::upgrade;
      return is("trailer") ? Role::hop_by_hop : Role::plain;
    case 10:
      if (is("connection")) return Role::connection;
      return is("keep-alive") ? Role::hop_by_hop : Role::plain;
    case 12:
      return is("content-type") ? Role::content_type : Role::plain;
    case 14:
      return is("content-length") ? Role::content_length : Role::plain;
    case 16:
      return is("proxy-connection") ? Role::hop_by_hop : Role::plain;
    case 17:
      return is("transfer-encoding") ? Role::hop_by_hop : Role::plain;
    default:
      return Role::plain;
  }
}

bool only_close(std::string_view connection) {
  while (const auto member = next_member(connection)) {
    if (!ascii::iequals(*member, "close")) return false;
  }
  return true;
}

/// The lines of `common` whose names the app has not used.
void append_unset(std::string_view common, std::span<const Field> fields, std::string& out) {
  while (!common.empty()) {
    const auto line = common.substr(0, common.find('\n') + 1);
    const auto name = line.substr(0, line.find(':'));
    const auto same = [name](const Field& field) { return ascii::iequals(field.name, name); };
    if (std::ranges::none_of(fields, same)) out.append(line);
    common.remove_prefix(line.empty() ? common.size() : line.size());
  }
}

}  // namespace

std::optional<ResponseAsks> append_fields(const ResponseHead& head, std::string_view common, std::string& out) {
  if (!octets::are_text(head.content_type)) return std::nullopt;
  ResponseAsks asks{.content_type = head.content_type, .common = common};
  bool overrides = false;
  for (const auto& [name, value] : head.fields) {
    if (!chars::is_token(name) || !octets::are_text(value)) return std::nullopt;
    switch (role_of(name)) {
      case Role::hop_by_hop:
        return std::nullopt;
      case Role::connection:
        if (!only_close(value)) return std::nullopt;
        asks.close = true;
        continue;
      case Role::content_length: {
        const auto length = parse_decimal(ascii::trim(value));
        if (!length || asks.content_length >= 0) return std::nullopt;
        asks.content_length = static_cast<std::int64_t>(*length);
        continue;
      }
      case Role::upgrade:
        if (head.status != 426) return std::nullopt;
        asks.upgrade = true;
        break;
      case Role::content_type:
        asks.content_type = {};
        break;
      case Role::common:
        overrides = true;
        break;
      case Role::plain:
        break;
    }
    append_all(out, name, ": ", value, "\r\n");
  }
  if (overrides) append_unset(std::exchange(asks.common, {}), head.fields, out);
  return asks;
}

}  // namespace appserve::http
