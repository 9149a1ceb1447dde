#!/usr/bin/env bash
# Generates a Python client from the document a throwaway demo serves, and finds a child and its contacts with it.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z ${CHILD_INDEX_DEMO:-} ]]; then
  exec scripts/with_demo.sh "$0"
fi

venv=$(scripts/venv.sh)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
curl --silent --fail --output "$folder/openapi.json" "$CHILD_INDEX_URL/openapi.json"
(
  cd "$folder"
  PATH=$venv/bin:$PATH "$venv/bin/openapi-python-client" generate --path openapi.json --meta none --output-path child_index_client
)
PYTHONPATH=$folder "$venv/bin/python" tests/generated_client.py
