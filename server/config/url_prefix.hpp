// Where an app is mounted, as a person writes it.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace appserve::config {

struct UrlPrefix {
  std::string text;      // "" (the root) or "/game"
  bool trimmed = false;  // a trailing slash was removed
};

/// "/", "/game", "/game/". E3011 for what would have to be guessed: no slash in front, "//", dot segments, escapes.
Result<UrlPrefix, Error> parse_url_prefix(std::string_view text);

/// What an app would naturally be mounted at: "./build/libadmin.so:app" → "/admin".
std::string suggested_prefix(std::string_view load);

}  // namespace appserve::config
