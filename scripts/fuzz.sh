#!/usr/bin/env bash
# Runs the fuzzers of the module whose name matches FUZZ (all) for FUZZTIME each: go test takes one at a time.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${GO:=go}" "${FUZZ:=.}" "${FUZZTIME:=20s}"

output=$(mktemp)
trap 'rm -f "$output"' EXIT

# search runs one fuzzer. When its time is up, go test now and then reports that as a failure, without an input that
# fails: only then is it run again.
search() {
  for try in 1 2 3; do
    if "$GO" test -run '^$' -fuzz "^$1\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 10x "$2" 2>&1 | tee "$output"; then
      return 0
    fi
    grep -q 'context deadline exceeded' "$output" && ! grep -q 'Failing input written' "$output" || return 1
    echo "== again: the time was up, and nothing failed"
  done
  return 1
}

git ls-files '*_test.go' | xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' | while IFS=: read -r file func; do
  name=${func#func }
  if [[ $name =~ $FUZZ ]]; then
    echo "== ./$(dirname "$file") $name"
    search "$name" "./$(dirname "$file")"
  fi
done
