#!/usr/bin/env bash
# Exports the audit log of a throwaway demo as FHIR and has it validated by models that are not ours.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z ${CHILD_INDEX_DEMO:-} ]]; then
  exec scripts/with_demo.sh "$0"
fi

"$(scripts/venv.sh)/bin/python" tests/validate_fhir.py
