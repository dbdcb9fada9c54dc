#include "config/url_prefix.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace appserve::config {
namespace {

Failure<Error> malformed(std::string_view text, std::string_view why) {
  return Failure<Error>(
      Error{&fault('E', 3011), "url_prefix '" + std::string(text) + "' " + std::string(why), {}, {}, {}});
}

// RFC 3986's pchar without escapes, and the slash.
bool is_plain(char c) {
  return ascii::is_alnum(c) || std::string_view("-._~!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

bool has_dot_segment(std::string_view text) {
  const std::string closed = std::string(text) + "/";
  return closed.find("/./") != closed.npos || closed.find("/../") != closed.npos;
}

}  // namespace

Result<UrlPrefix, Error> parse_url_prefix(std::string_view text) {
  if (text.empty() || text == "/") return UrlPrefix{};
  if (!text.starts_with('/')) return malformed(text, "must begin with '/'");
  if (text.find("//") != text.npos) return malformed(text, "must not have '//' in it");
  if (has_dot_segment(text)) return malformed(text, "must not have '.' or '..' segments");
  if (text.find('%') != text.npos) return malformed(text, "must be written without '%' escapes");
  if (text.find_first_of("?#") != text.npos) return malformed(text, "must be a path, without '?' and '#'");
  if (!std::ranges::all_of(text, is_plain)) return malformed(text, "has a character that a path cannot have unescaped");
  UrlPrefix prefix{std::string(text), text.ends_with('/')};
  if (prefix.trimmed) prefix.text.pop_back();
  return prefix;
}

std::string suggested_prefix(std::string_view load) {
  std::string_view name = load.substr(0, load.rfind(':'));
  if (const std::size_t slash = name.rfind('/'); slash != name.npos) name.remove_prefix(slash + 1);
  if (name.starts_with("lib")) name.remove_prefix(3);
  name = name.substr(0, name.find('.'));
  const bool plain = !name.empty() && std::ranges::all_of(name, ascii::is_alnum);
  return "/" + (plain ? std::string(name) : "app");
}

}  // namespace appserve::config
