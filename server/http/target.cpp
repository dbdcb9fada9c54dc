#include "http/target.hpp"

#include <optional>

#include "base/ascii.hpp"
#include "http/authority.hpp"
#include "http/chars.hpp"

namespace appserve::http {
namespace {

Failure<Refusal> bad(std::string_view why) { return Failure<Refusal>(Refusal{400, why}); }

/// Checks octets and percent-encoding; `nul` says whether %00 may be there.
std::optional<Refusal> check(std::string_view text, chars::Class wanted, bool nul) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (chars::is(text[i], wanted)) continue;
    if (text[i] != '%') return Refusal{400, "the request target holds an octet that a URI cannot have"};
    const int octet = chars::percent_octet(text.substr(i));
    if (octet < 0) return Refusal{400, "the request target has broken percent-encoding"};
    if (octet == 0 && !nul) return Refusal{400, "the request target has an encoded NUL in its path"};
    i += 2;
  }
  return std::nullopt;
}

/// `text` is the origin form, or what follows the authority of the absolute form.
std::optional<Refusal> split_path(std::string_view text, Target& target) {
  const auto mark = text.find('?');
  target.path = text.substr(0, mark);
  if (mark != text.npos) target.query = text.substr(mark + 1);
  if (auto refusal = check(target.path, chars::kPath, false)) return refusal;
  return check(target.query, chars::kQuery, true);
}

/// The target behind "http://"; nothing when it has another scheme or none.
std::optional<std::string_view> after_scheme(std::string_view target, std::string_view scheme) {
  if (target.size() < scheme.size() || !ascii::iequals(target.substr(0, scheme.size()), scheme)) return std::nullopt;
  return target.substr(scheme.size());
}

Result<Target, Refusal> parse_absolute(Method method, std::string_view rest) {
  Target target;
  target.absolute = true;
  target.authority = rest.substr(0, rest.find_first_of("/?#"));
  if (!is_authority(target.authority) || has_empty_host(target.authority)) {
    return bad("the request target has a malformed authority");
  }
  const auto tail = rest.substr(target.authority.size());
  if (auto refusal = split_path(tail, target)) return Failure<Refusal>(*refusal);
  if (target.path.empty()) target.path = method == Method::options && tail.empty() ? "*" : "/";
  return target;
}

}  // namespace

Result<Target, Refusal> parse_target(Method method, std::string_view text) {
  if (text.starts_with('/')) {
    Target target;
    if (auto refusal = split_path(text, target)) return Failure<Refusal>(*refusal);
    return target;
  }
  if (text == "*") {
    if (method != Method::options) return bad("the target * is for OPTIONS only");
    return Target{text, {}, {}, false};
  }
  if (const auto rest = after_scheme(text, "http://")) return parse_absolute(method, *rest);
  if (after_scheme(text, "https://")) {
    return Failure<Refusal>(Refusal{421, "an https target came over a connection without TLS"});
  }
  return bad("the request target is neither a path nor an http URI");
}

}  // namespace appserve::http
