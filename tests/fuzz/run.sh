#!/bin/bash
# run.sh BUILD SECONDS: runs each fuzz target for so long on a copy of its corpus, and says what was tried. An input
# that breaks a target is left in BUILD/fuzz and named; put it into tests/fuzz/corpus, so that it is tried for ever.
set -u
build=$1 seconds=$2
here=$(cd -- "$(dirname -- "$0")" && pwd)
for corpus in "$here"/corpus/*/; do
  target=$(basename "$corpus")
  work=$build/fuzz/$target
  mkdir -p "$work" || exit 1
  if ! "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 -max_len=65536 \
    -artifact_prefix="$work/" -print_final_stats=1 "$work" "$corpus" >"$work.log" 2>&1; then
    tail -n 60 "$work.log"
    echo "fuzz_$target: FAILED, the input is in $work"
    exit 1
  fi
  echo "fuzz_$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work.log") inputs in $seconds s, none breaks it"
done
