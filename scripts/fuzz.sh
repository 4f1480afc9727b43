#!/usr/bin/env bash
# Runs every fuzzer of the module for FUZZTIME each: go test takes one at a time.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${GO:=go}" "${FUZZTIME:=20s}"

git ls-files '*_test.go' | xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' | while IFS=: read -r file func; do
  name=${func#func }
  echo "== ./$(dirname "$file") $name"
  "$GO" test -run '^$' -fuzz "^$name\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 10x "./$(dirname "$file")"
done
