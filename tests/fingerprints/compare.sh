#!/bin/bash
# compare.sh CATALOGUE PROGRAM... - the same scenario and seed give the same fingerprint in every build.
#
# Runs each scenario file of the folder CATALOGUE with each PROGRAM (builds of jobset-twin by different compilers and
# with different options) and compares the fingerprints in their results. Prints a line per scenario; exit 1 if any
# differs, if a run fails, or if there is nothing to compare. Two programs run at a time.
set -u -o pipefail
(($# >= 3)) || { echo "usage: compare.sh CATALOGUE PROGRAM PROGRAM..." >&2; exit 1; }
catalogue=$1
shift

# Prints the fingerprint, or what went wrong: either is compared and shown.
fingerprint() { # PROGRAM FILE
  local result code
  result=$("$1" run "$2" -o json --objects none --seed 1 2>/dev/null </dev/null)
  code=$?
  if ((code != 0)); then
    echo "exit $code"
  else
    grep -m 1 -oP '"fingerprint"\s*:\s*"\K[^"]+' <<<"$result" || echo "no fingerprint"
  fi
}
export -f fingerprint

shopt -s nullglob
files=("$catalogue"/*.yaml "$catalogue"/*/*.yaml)
((${#files[@]})) || { echo "no scenario in $catalogue" >&2; exit 1; }
results=$(mktemp -d) || exit 1
trap 'rm -rf -- "$results"' EXIT

for file in "${files[@]}"; do
  index=0
  for program; do
    printf '%s\0' "$program" "$file" "$results/$(basename "$file").$((index++))"
  done
done | xargs -0 -n 3 -P 2 bash -c 'fingerprint "$1" "$2" >"$3"' _

failed=0
for file in "${files[@]}"; do
  mapfile -t all < <(cat "$results/$(basename "$file")".*)
  verdict=same
  for one in "${all[@]}"; do
    [[ $one == "${all[0]}" && $one != exit\ * && $one != no\ * ]] || verdict=DIFFERENT
  done
  ((${#all[@]} == $#)) || verdict=INCOMPLETE
  [[ $verdict == same ]] && all=("${all[0]}") || failed=$((failed + 1))
  printf '%-10s %s: %s\n' "$verdict" "$(basename "$file")" "${all[*]}"
done
printf '%d scenarios, %d builds, %d different\n' "${#files[@]}" $# "$failed"
((failed == 0))
