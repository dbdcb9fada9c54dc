#include "app/app_spec.hpp"

#include <algorithm>
#include <utility>

#include "app/finding.hpp"
#include "base/ascii.hpp"

namespace appserve::app {
namespace {

bool is_identifier(std::string_view s) {
  const auto letter = [](char c) { return ascii::is_alnum(c) || c == '_' || c == '$'; };
  return !s.empty() && !ascii::is_digit(s.front()) && std::ranges::all_of(s, letter);
}

bool has_control(std::string_view s) {
  return std::ranges::any_of(s, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string quoted(std::string_view word) {
  const auto plain = [](char c) {
    return ascii::is_alnum(c) || std::string_view("_-./:+,@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) return std::string(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

Failure<Error> not_a_spec(std::string_view text, std::string_view why, std::vector<std::string> help = {}) {
  return Failure<Error>(finding(fault('E', 1026), "'" + std::string(text) + "' is not LIB:SYMBOL: " + std::string(why),
                                {}, std::move(help)));
}

}  // namespace

Result<AppSpec, Error> parse_app_spec(std::string_view text, bool call) {
  if (text.empty()) return not_a_spec(text, "it is empty", {"appserve ./libhello.so:app"});
  if (has_control(text)) return not_a_spec(text, "it has a control character in it");

  // The last colon separates; a folder may have one in its name ("./a:b/libx.so").
  const std::size_t colon = text.rfind(':');
  const std::size_t slash = text.rfind('/');
  AppSpec spec{std::string(text), {}, call};
  if (colon != text.npos && (slash == text.npos || colon > slash)) {
    spec.library = text.substr(0, colon);
    spec.symbol = text.substr(colon + 1);
    if (spec.library.empty()) return not_a_spec(text, "no library before the ':'");
    if (std::string_view symbol = spec.symbol; symbol.ends_with("()")) {  // gunicorn's way to say "call it"
      symbol.remove_suffix(2);
      const AppSpec meant{spec.library, std::string(symbol), true};
      return not_a_spec(text, "a factory is named without ()", {command_for(meant)});
    }
    if (spec.symbol.empty()) return not_a_spec(text, "no symbol after the ':'");
    if (!is_identifier(spec.symbol)) return not_a_spec(text, "'" + spec.symbol + "' cannot be a symbol's name");
  }
  if (spec.library.ends_with('/')) return not_a_spec(text, "that is a folder");
  return spec;
}

std::string command_for(const AppSpec& spec) {
  const std::string word = spec.symbol.empty() ? spec.library : spec.library + ":" + spec.symbol;
  return std::string("appserve ") + (spec.call ? "--call " : "") + quoted(word);
}

}  // namespace appserve::app
