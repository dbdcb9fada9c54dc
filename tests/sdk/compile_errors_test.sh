#!/bin/sh
# An author's mistakes that the compiler must name, with the line of the route. usage: compile_errors_test.sh CXX INCLUDE
set -eu
cxx=$1 include=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# expect NAME LINE TEXT: line 5 of app.cpp is LINE; compiling it fails with TEXT and points at that line.
expect() {
  printf '%s\n' '#include <appserve/app.hpp>' 'using namespace appserve;' 'struct Todo { int id; };' \
    'APPSERVE_APP(app) {' "$2" '}' >"$folder/app.cpp"
  if "$cxx" -std=c++20 -fsyntax-only -I"$include" "$folder/app.cpp" 2>"$folder/says"; then
    echo "$1: compiled, but must not"; exit 1
  fi
  for text in "$3" 'app.cpp:5:'; do
    grep -q "$text" "$folder/says" || { echo "$1: '$text' is not said:"; cat "$folder/says"; exit 1; }
  done
}

printf '%s\n' '#include <appserve/app.hpp>' 'APPSERVE_APP(app) { app.get("/{a}", [](int) { return "fine"; }); }' >"$folder/ok.cpp"
"$cxx" -std=c++20 -fsyntax-only -Wall -Wextra -Wshadow -Werror -I"$include" "$folder/ok.cpp"

pattern='non-.constexpr. function\|is not a constant expression'
expect 'unclosed brace' 'app.get("/x/{a", [] { return "x"; });' "$pattern"
expect 'no slash' 'app.get("x", [] { return "x"; });' "$pattern"
expect 'too many parameters' 'app.get("/{a}", [](int, int) { return "x"; });' "$pattern"
expect 'result without a form' 'app.get("/", [] { return Todo{1}; });' 'a handler returns text, Response'
expect 'view in a coroutine' 'app.get("/{a}", [](std::string_view a) -> Task<std::string> { co_return std::string(a); });' \
  'take std::string instead of std::string_view'
expect 'reference in a coroutine' 'app.get("/{a}", [](const std::string& a) -> Task<std::string> { co_return a; });' \
  'take its parameters by value'
