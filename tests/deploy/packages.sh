#!/bin/sh
# The two Debian packages on a machine that has nothing else: hello is served from the one, and with the other one a new
# app is built, tested and served in an empty folder; then both are removed, and nothing of them is left.
#
#     sudo tests/deploy/packages.sh [FOLDER]     the folder with both .deb (build/packages: `./dev package` makes them)
#
# It installs and removes them with apt: for a throw-away Debian 12 or 13, the one they were built on. Nothing else runs it.
set -eu
folder=$(realpath -- "${1-$(dirname -- "$0")/../../build/packages}")
port=8080

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
die() { say "FAILED: $*" >&2; exit 1; }
install() { apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends install "$@" >"$empty/apt.log" 2>&1 || { cat "$empty/apt.log"; die "apt-get install $*"; }; }

# serve WORD...: starts appserve and waits until it is ready; finish ends it.
serve() {
  "$@" >"$empty/served.log" 2>&1 &
  server=$!
  until grep -q ready "$empty/served.log"; do
    kill -0 "$server" 2>/dev/null || { cat "$empty/served.log"; die "$* ended"; }
    sleep 0.1
  done
}
finish() {
  kill -TERM "$server"
  wait "$server" || { cat "$empty/served.log"; die "the server ended with $?"; }
  server=
}
# expect PATH TEXT: with nothing that a bare machine lacks.
expect() {
  answer=$(bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; printf 'GET $1 HTTP/1.0\r\n\r\n' >&3; cat <&3")
  case $answer in *"$2") say "GET $1: $2" ;; *) die "GET $1 is answered: $answer" ;; esac
}

[ "$(id -u)" = 0 ] || die "apt needs root"
empty=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$empty"' EXIT
cd "$empty"

say "Debian $(cat /etc/debian_version)"
apt-get -q update >apt.log 2>&1 || { cat apt.log; die "apt-get update"; }

install "$folder"/appserve_*.deb
say "appserve is installed: $(appserve --version | head -n 1), with $(grep -c '^Setting up' apt.log) packages"
for file in /usr/bin/appserve /usr/lib/appserve/libhello.so; do
  ldd "$file" | grep 'not found' && die "$file lacks libraries"
done
appserve check libhello.so:app --listen "127.0.0.1:$port" 2>/dev/null || die "check"
serve appserve libhello.so:app --listen "127.0.0.1:$port"
expect /hello/Ada "Hello, Ada!"
finish

install "$folder"/appserve-dev_*.deb
install g++ cmake make pkg-config doctest-dev rapidjson-dev
say "appserve-dev is installed, and $(c++ --version | head -n 1)"
appserve new myapp >made.log
cd myapp
{ cmake -B build && cmake --build build; } >build.log 2>&1 || { cat build.log; die "the build"; }
ctest --test-dir build --output-on-failure | tail -n 3
serve appserve --config config.toml --listen "127.0.0.1:$port"
expect /hello/Ada "Hello, Ada!"
finish
for kind in api c game; do
  appserve new --template "$kind" "a_$kind" >made.log
  (cd "a_$kind"
    { cmake -B build && cmake --build build; } >build.log 2>&1 || { cat build.log; exit 1; }
    ctest --test-dir build --output-on-failure >test.log || { cat test.log; exit 1; }
    appserve check --config config.toml 2>/dev/null) || die "template $kind"
done

mkdir ../one
cd ../one
cat >hello.cpp <<'END'
#include <appserve/app.hpp>

APPSERVE_APP(app) {
  app.get("/", [] { return "Hello, World!\n"; });
}
END
# shellcheck disable=SC2046  # words
c++ hello.cpp $(pkg-config --cflags --libs appserve) -o libone.so
serve appserve libone.so:app --listen "127.0.0.1:$port"
expect / "Hello, World!"
finish

cd "$empty"
apt-get -q -y -o Dpkg::Use-Pty=0 purge appserve appserve-dev >apt.log 2>&1 || { cat apt.log; die "apt-get purge"; }
left=$(find / -xdev -path /proc -prune -o -path "$empty" -prune -o -path "$folder" -prune -o -path /root -prune -o \
  -name '*appserve*' -not -name '*.deb' -print | grep -v '^/var/lib/dpkg\|^/var/cache\|^/tmp' || true)
[ -z "$left" ] || die "left behind: $left"
say "removed, and nothing is left; all well"
