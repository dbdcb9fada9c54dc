#!/bin/sh
# The Dockerfile that `appserve new` writes, for each template, with a real engine: the image is built (which runs the app's
# tests), becomes healthy, answers, runs as nobody on a read-only root, and stops with 0.
#
#     tests/deploy/new_app_image.sh [FOLDER [DEBIAN]]     the folder with both .deb (build/packages), made on DEBIAN (bookworm)
#
# Needs a Docker engine; without one it says so and ends with 77. Containers use the host's port 8080. Nothing else runs it.
set -eu
docker info >/dev/null 2>&1 || { echo "no Docker engine: skipped"; exit 77; }
folder=$(realpath -- "${1-$(dirname -- "$0")/../../build/packages}")
debian=${2-bookworm}
name=appserve-walk

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
die() { say "FAILED: $*" >&2; docker logs "$name" >&2 2>/dev/null || true; exit 1; }
build() { docker build --network host "$@" >build.log 2>&1 || { cat build.log; die "docker build $*"; }; }
inside() { docker exec "$name" "$@"; }

empty=$(mktemp -d)
trap 'docker rm --force "$name" >/dev/null 2>&1 || true; rm -rf "$empty"' EXIT
cd "$empty"
mkdir tool
cp "$folder"/appserve_*.deb tool
cat >tool/Dockerfile <<END
FROM debian:$debian-slim
COPY *.deb /
RUN apt-get update && apt-get install -y --no-install-recommends /*.deb
END
build -t "$name-tool" tool

for kind in minimal api game c; do
  rm -rf myapp
  docker run --rm --user "$(id -u):$(id -g)" -v "$empty:/work" -w /work "$name-tool" appserve new --template "$kind" myapp >made.log
  mkdir myapp/packages
  cp "$folder"/appserve*.deb myapp/packages
  build -t "$name-$kind" --build-arg "DEBIAN=$debian" myapp
  docker run --detach --name "$name" --network host --read-only --tmpfs /tmp:exec --cap-drop ALL \
    --security-opt no-new-privileges "$name-$kind" >/dev/null
  for _ in $(seq 60); do
    health=$(docker inspect --format '{{.State.Health.Status}}' "$name")
    [ "$health" = starting ] || break
    sleep 0.5
  done
  [ "$health" = healthy ] || die "template $kind is $health"
  answer=$(inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080; printf "GET / HTTP/1.0\r\n\r\n" >&3; head -n 1 <&3')
  case $answer in "HTTP/1."?" "[234]*) ;; *) die "template $kind answers $answer" ;; esac
  [ "$(inside id -un)" = nobody ] || die "it runs as $(inside id -un)"
  docker stop --time 30 "$name" >/dev/null
  code=$(docker inspect --format '{{.State.ExitCode}}' "$name")
  [ "$code" = 0 ] || die "template $kind ended with $code"
  docker rm "$name" >/dev/null
  size=$(docker image inspect --format '{{.Size}}' "$name-$kind")
  say "template $kind: healthy, GET / is $(printf %s "$answer" | cut -d ' ' -f 2), stopped with 0, $((size / 1000000)) MB"
done
docker image rm "$name-tool" >/dev/null 2>&1 || true
say "all well"
