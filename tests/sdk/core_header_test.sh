#!/bin/sh
# What a first app compiles: the core header stays light, so that a save is live in a second. Counts what does not depend
# on the machine. usage: core_header_test.sh CXX SOURCE
set -eu
cxx=$1 source=$2
app=$source/plugins/hello/hello.cpp

included=$("$cxx" -std=c++20 -I"$source/sdk/include" -M "$app")
for header in asio rapidjson spdlog fmt/ openssl 'c++/[0-9]*/\(algorithm\|chrono\|deque\|filesystem\|functional\|future\|iostream\|list\|locale\|map\|memory\|mutex\|ranges\|regex\|set\|sstream\|thread\|unordered_map\|variant\|vector\)$'; do
  if printf '%s\n' "$included" | tr ' ' '\n' | grep "/$header"; then
    echo "appserve/app.hpp includes this; a heavy header belongs into an opt-in header of the SDK"; exit 1
  fi
done

own=$("$cxx" -std=c++20 -I"$source/sdk/include" -E "$app" | awk '/^# [0-9]+ "/ { own = index($3, "/appserve/") > 0; next } own && NF' | wc -l)
echo "$own lines of the SDK's own"
[ "$own" -lt 3400 ] || { echo "that is more than a first app should compile"; exit 1; }

# The header alone makes no code, and an app only what it uses: with handlers that do not wait, no coroutine.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo '#include <appserve/app.hpp>' >"$folder/alone.cpp"
functions() { nm -C "$1" | grep -c ' [TtWw] .*appserve' || true; }
for file in "$folder/alone.cpp" "$app"; do
  "$cxx" -std=c++20 -I"$source/sdk/include" -c "$file" -o "$folder/$(basename "$file" .cpp).o"
done
alone=$(functions "$folder/alone.o") hello=$(functions "$folder/hello.o")
echo "$alone functions in the header alone, $hello in hello.cpp"
[ "$alone" -lt 40 ] || { echo "the header alone is compiled to code: a coroutine that is no template?"; exit 1; }
[ "$hello" -lt 600 ] || { echo "a first app has become more code"; exit 1; }
if nm -C "$folder/hello.o" | grep 'Task<\|Stream::\|RunningExchange'; then
  echo "an app whose handlers do not wait contains what waits"; exit 1
fi
