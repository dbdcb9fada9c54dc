#!/bin/sh
# run.sh [MINUTES [TARGET...]]: builds the libFuzzer programs, runs each (1 minute) and sums up. New inputs stay in
# build/fuzz/corpus; a find is written to build/fuzz/finds and belongs into tests/fuzz/corpus, where it is replayed by
# the ordinary tests.
set -eu
cd -- "$(dirname -- "$0")/../.."
minutes=${1-1}
[ $# -eq 0 ] || shift
if [ $# -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cpp; do
    name=${source##*/}
    set -- "$@" "${name%_fuzz.cpp}"
  done
fi
cmake --preset fuzz >/dev/null
for target in "$@"; do ninja -C build/fuzz "fuzz_$target"; done
finds=build/fuzz/finds
mkdir -p "$finds"

# What helps a target to get on: words of its language, and inputs long enough to be an ELF file.
dictionary() {
  case $1 in
    config | command_line) echo config ;;
    elf | forwarded | proxy_protocol) echo "$1" ;;
    *) echo http ;;
  esac
}
longest() {
  case $1 in elf) echo 16384 ;; *) echo 4096 ;; esac
}

summary=
for target in "$@"; do
  echo "== $target: $minutes minutes"
  mkdir -p "build/fuzz/corpus/$target"
  log=build/fuzz/$target.log
  "build/fuzz/bin/fuzz_$target" -max_total_time=$((minutes * 60)) -max_len="$(longest "$target")" -timeout=10 \
    -dict="tests/fuzz/$(dictionary "$target").dict" -print_final_stats=1 -artifact_prefix="$finds/$target-" \
    "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1 || tail -n 40 "$log"
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  summary="$summary$(printf '%-14s %12s executions, %s finds' "$target" "${runs:-0}" \
    "$(find "$finds" -name "$target-*" | wc -l)")
"
done
printf '%s' "$summary"
[ -z "$(find "$finds" -type f)" ]
