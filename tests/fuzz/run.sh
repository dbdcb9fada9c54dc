#!/bin/sh
# run.sh [MINUTES [TARGET...]]: builds the libFuzzer programs and runs each (1 minute). New inputs stay in build/fuzz; a
# find is written to build/fuzz/finds and belongs into corpus/, where it is replayed by the ordinary tests.
set -eu
cd -- "$(dirname -- "$0")/../.."
minutes=${1-1}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- request chunked path response abi
cmake --preset fuzz >/dev/null
for target in "$@"; do ninja -C build/fuzz "fuzz_$target"; done
mkdir -p build/fuzz/finds
for target in "$@"; do
  echo "== $target: $minutes minutes"
  mkdir -p "build/fuzz/corpus/$target"
  "build/fuzz/bin/fuzz_$target" -max_total_time=$((minutes * 60)) -max_len=4096 -timeout=5 -dict=tests/fuzz/http.dict \
    -print_final_stats=1 -artifact_prefix="build/fuzz/finds/$target-" \
    "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target"
done
