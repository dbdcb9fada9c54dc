#!/bin/sh
# What a first app compiles: the core header stays light, so that a save is live in a second. Counts what does not depend
# on the machine. usage: core_header_test.sh CXX SOURCE
set -eu
cxx=$1 source=$2
app=$source/plugins/hello/hello.cpp

included=$("$cxx" -std=c++20 -I"$source/sdk/include" -M "$app")
for header in asio rapidjson spdlog fmt/ openssl 'c++/[0-9]*/\(algorithm\|chrono\|deque\|filesystem\|functional\|future\|iostream\|list\|locale\|map\|memory\|mutex\|ranges\|regex\|set\|sstream\|thread\|unordered_map\|variant\)$'; do
  if printf '%s\n' "$included" | tr ' ' '\n' | grep "/$header"; then
    echo "appserve/app.hpp includes this; a heavy header belongs into an opt-in header of the SDK"; exit 1
  fi
done

own=$("$cxx" -std=c++20 -I"$source/sdk/include" -E "$app" | awk '/^# [0-9]+ "/ { own = index($3, "/appserve/") > 0; next } own && NF' | wc -l)
echo "$own lines of the SDK's own"
[ "$own" -lt 3600 ] || { echo "that is more than a first app should compile"; exit 1; }
