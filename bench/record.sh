#!/bin/sh
# record.sh BUILD: puts a server that records its profile under a few seconds of load, of every kind the bench knows.
set -eu
build=$1
log=$build/record.log
rm -rf "$build/profile"  # of what ran while it was built
"$build/bin/appserve" --no-supervisor --listen 127.0.0.1:0 --threads 1 --mount "/bench=$build/apps/libbench.so:app" \
  >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT

port=
while [ -z "$port" ]; do
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.1
  port=$(sed -n 's|.*ready http://127\.0\.0\.1:\([0-9]*\).*|\1|p' "$log")
done

ask() { "$build/bin/bench_generator" --port "$port" --seconds 1 "$@" >/dev/null; }
ask --path /bench/plaintext
ask --path /bench/plaintext --browser
ask --path /bench/plaintext --close
ask --path /bench/plaintext --depth 16
ask --path /bench/hello/world --browser
ask --path /bench/json
ask --path /bench/echo --body 16384

kill "$server"
wait "$server"
trap - EXIT
touch "$build/profile/recorded"
