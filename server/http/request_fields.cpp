#include "http/request_fields.hpp"

#include <array>

#include "base/ascii.hpp"
#include "base/same_text.hpp"
#include "http/authority.hpp"
#include "http/body_framing.hpp"
#include "http/chars.hpp"
#include "http/field_values.hpp"

namespace appserve::http {
namespace {

/// What the fields say, collected in one pass.
struct Findings {
  std::string_view host;
  FramingFields framing;
  unsigned hosts = 0;
  bool bad_name = false;
  bool close = false, keep_alive = false;
  bool expects_continue = false, expects_else = false;

  void read(const Field& field);
  void read_connection(std::string_view list);
  void read_expectations(std::string_view list);
};

void Findings::read(const Field& field) {
  const auto& [name, value] = field;
  switch (name.size()) {
    case 4:
      if (same_text(name, "host")) {
        host = value;
        ++hosts;
      }
      break;
    case 6:
      if (same_text(name, "expect")) read_expectations(value);
      break;
    case 10:
      if (same_text(name, "connection")) read_connection(value);
      break;
    case 14:
      if (same_text(name, "content-length")) {
        framing.content_length = value;
        ++framing.lengths;
      }
      break;
    case 17:
      if (same_text(name, "transfer-encoding")) {
        framing.transfer_encoding = value;
        ++framing.codings;
      }
      break;
    default:
      break;
  }
}

void Findings::read_connection(std::string_view list) {
  while (const auto member = next_member(list)) {
    close = close || ascii::iequals(*member, "close");
    keep_alive = keep_alive || ascii::iequals(*member, "keep-alive");
  }
}

void Findings::read_expectations(std::string_view list) {
  while (const auto member = next_member(list)) {
    if (ascii::iequals(*member, "100-continue")) {
      expects_continue = true;
    } else if (!member->empty()) {
      expects_else = true;
    }
  }
}

/// The lower case of what a token is made of; 0 for all else.
constexpr auto kLowerToken = [] {
  std::array<char, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i)
    if (const char c = static_cast<char>(i); chars::is(c, chars::kToken)) table[i] = ascii::lower(c);
  return table;
}();

struct NameTraits {
  bool token = true, underscore = false;
};

/// Lowers a name where it stands; one that is no token is spoilt.
NameTraits lower_name(std::span<char> name) {
  NameTraits traits;
  for (char& c : name) {
    c = kLowerToken[static_cast<unsigned char>(c)];
    traits.token &= c != 0;
    traits.underscore |= c == '_';
  }
  return traits;
}

Findings collect(std::span<char> bytes, Fields& fields) {
  Findings findings;
  auto kept = fields.begin();
  for (const Field& field : fields) {
    const auto offset = static_cast<std::size_t>(field.name.data() - bytes.data());
    const NameTraits name = lower_name(bytes.subspan(offset, field.name.size()));
    findings.bad_name = findings.bad_name || !name.token;
    if (name.underscore) continue;
    findings.read(field);
    *kept++ = field;
  }
  fields.erase(kept, fields.end());
  return findings;
}

std::optional<Refusal> check_host(const Findings& findings, bool required) {
  if (findings.hosts == 0 && required) return Refusal{400, "Host is missing"};
  if (findings.hosts > 1) return Refusal{400, "Host is given twice"};
  if (!is_authority(findings.host)) return Refusal{400, "Host is malformed"};
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> read_request_fields(std::span<char> bytes, bool require_host, RequestHead& head) {
  const Findings findings = collect(bytes, head.fields);
  const bool http10 = head.minor_version == 0;
  if (findings.bad_name) return Refusal{400, "a field name is malformed"};

  if (auto refusal = check_host(findings, require_host && !http10)) return refusal;
  head.authority = findings.host;

  const auto framing = decide_framing(findings.framing, head.minor_version);
  if (!framing) return framing.error();
  head.body = framing->kind;
  head.content_length = framing->length;
  if (head.body != BodyKind::none && head.method_name == "TRACE") return Refusal{400, "TRACE does not carry content"};

  head.keep_alive = !findings.close && (!http10 || findings.keep_alive);
  if (findings.expects_else && !http10) return Refusal{417, "the expectation is not known here"};
  head.expect_continue = findings.expects_continue && !http10 && head.body != BodyKind::none;
  return std::nullopt;
}

}  // namespace appserve::http
