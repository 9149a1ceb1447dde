#!/usr/bin/env bash
# Writes openapi/openapi.json anew from the routes; with --check, fails when it differs instead. They are those of
# the service that CHILD_INDEX_BUILT names, where it names one.
set -euo pipefail
cd "$(dirname "$0")/.."

document=$(mktemp)
trap 'rm -f "$document"' EXIT
if [[ -n ${CHILD_INDEX_BUILT:-} ]]; then
  "$CHILD_INDEX_BUILT" openapi >"$document"
else
  cargo run --quiet --locked -- openapi >"$document"
fi
if [[ ${1:-} == --check ]]; then
  diff -u openapi/openapi.json "$document" || { echo "openapi/openapi.json is not what the routes say: run scripts/openapi.sh" >&2; exit 1; }
else
  mkdir -p openapi
  mv "$document" openapi/openapi.json
  chmod 644 openapi/openapi.json
fi
