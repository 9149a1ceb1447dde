#!/usr/bin/env bash
# Throws about EXAMPLES (2,000 unless told otherwise) generated requests at a throwaway demo, good and bad ones, then
# well-formed ones about what exists at another, and fails on a finding: scripts/schemathesis.sh [EXAMPLES] [options…]
# There are two demos because the first part may close the accounts that the second one needs.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z ${CHILD_INDEX_DEMO:-} ]]; then
  status=0
  for part in made-up known; do
    SCHEMATHESIS_PART=$part scripts/with_demo.sh "$0" "$@" || status=$?
  done
  exit "$status"
fi

examples=${1:-2000}
shift || true
venv=$(scripts/venv.sh)
for role in practitioner manager auditor system administrator; do
  token=$(python3 -c 'import json, os, sys; print(json.load(open(os.environ["CHILD_INDEX_DEMO"]))["tokens"][sys.argv[1]])' "$role")
  export "CHILD_INDEX_${role^^}=$token"
done
operations=$(curl --silent --fail "$CHILD_INDEX_URL/openapi.json" | python3 -c '
import json, sys
print(sum(method in ("get", "post", "patch", "put", "delete") for path in json.load(sys.stdin)["paths"].values() for method in path))')
each=$((examples / operations + 1))
echo "$operations operations, at most $each generated cases each, beside the examples and the systematic coverage"

# One worker: with several, CPython 3.11 now and then fails to parse at all (its issue 106905).
run() {
  local config=$1
  shift
  "$venv/bin/schemathesis" --config-file "scripts/$config" run "$CHILD_INDEX_URL/openapi.json" \
    --checks all --max-examples "$each" --workers 1 --no-color "$@"
}

if [[ ${SCHEMATHESIS_PART:-made-up} == made-up ]]; then
  run schemathesis.toml --mode all "$@"
else
  known=$(python3 scripts/known.py)
  read -r CHILD_INDEX_CHILD CHILD_INDEX_INVOLVEMENT CHILD_INDEX_ORGANISATION CHILD_INDEX_ACCOUNT <<<"$known"
  export CHILD_INDEX_CHILD CHILD_INDEX_INVOLVEMENT CHILD_INDEX_ORGANISATION CHILD_INDEX_ACCOUNT
  run schemathesis_known.toml --mode positive --phases examples,fuzzing "$@"
fi
