#include "http/target.hpp"

#include <optional>

#include "base/ascii.hpp"
#include "http/authority.hpp"
#include "http/chars.hpp"

namespace appserve::http {
namespace {

Failure<Refusal> bad(std::string_view why) { return Failure<Refusal>(Refusal{400, why}); }

Refusal wrong_octet(std::string_view rest) {
  if (rest.front() == '%') return {400, "the request target has broken percent-encoding"};
  return {400, "the request target holds an octet that a URI cannot have"};
}

/// `text` is the origin form, or what follows the authority of the absolute form.
std::optional<Refusal> split_path(std::string_view text, Target& target) {
  target.path = text.substr(0, chars::run_encoded(text, chars::kPath));
  if (target.path.find("%00") != target.path.npos) {
    return Refusal{400, "the request target has an encoded NUL in its path"};
  }
  auto rest = text.substr(target.path.size());
  if (rest.empty()) return std::nullopt;
  if (rest.front() != '?') return wrong_octet(rest);
  target.query = rest.substr(1);
  rest = target.query.substr(chars::run_encoded(target.query, chars::kQuery));
  if (!rest.empty()) return wrong_octet(rest);
  return std::nullopt;
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
    if (chars::all(text, chars::kPlain)) return Target{.path = text, .query = {}, .authority = {}, .plain = true};
    Target target;
    if (auto refusal = split_path(text, target)) return Failure<Refusal>(*refusal);
    return target;
  }
  if (text == "*") {
    if (method != Method::options) return bad("the target * is for OPTIONS only");
    return Target{.path = text, .query = {}, .authority = {}};
  }
  if (const auto rest = after_scheme(text, "http://")) return parse_absolute(method, *rest);
  if (after_scheme(text, "https://")) {
    return Failure<Refusal>(Refusal{421, "an https target came over a connection without TLS"});
  }
  return bad("the request target is neither a path nor an http URI");
}

}  // namespace appserve::http
