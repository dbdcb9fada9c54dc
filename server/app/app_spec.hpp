// LIB:SYMBOL as a person types it. Only text: nothing is looked up here.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace appserve::app {

struct AppSpec {
  std::string library;  // "libgame.so", "./build/libgame.so"
  std::string symbol;   // "app"; empty: the library has exactly one
  bool call = false;    // the symbol is a factory (--call)
};

/// "libgame.so:create_app". E1026 when it is not LIB or LIB:SYMBOL.
Result<AppSpec, Error> parse_app_spec(std::string_view text, bool call);

/// The command that serves it: "appserve --call libgame.so:create_app". Words a shell would misread are quoted.
std::string command_for(const AppSpec& spec);

}  // namespace appserve::app
