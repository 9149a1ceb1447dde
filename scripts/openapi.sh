#!/usr/bin/env bash
# Writes openapi/openapi.json anew from the routes; with --check, fails when it differs instead.
set -euo pipefail
cd "$(dirname "$0")/.."

document=$(mktemp)
trap 'rm -f "$document"' EXIT
cargo run --quiet --locked -- openapi >"$document"
if [[ ${1:-} == --check ]]; then
  diff -u openapi/openapi.json "$document" || { echo "openapi/openapi.json is not what the routes say: run scripts/openapi.sh" >&2; exit 1; }
else
  mkdir -p openapi
  mv "$document" openapi/openapi.json
  chmod 644 openapi/openapi.json
fi
