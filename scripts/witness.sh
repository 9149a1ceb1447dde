#!/usr/bin/env bash
# Makes the Python environment of a witness that is not ours under target/, from scripts/witness_requirements.txt, and
# prints the absolute path of its program, for CHILD_INDEX_WITNESS. Leaves with 77 where there is no Python 3.12 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."

new_enough() { "$1" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; }

python=
for candidate in python3 python3.1{2..9} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9].*/bin/python3; do
  if new_enough "$candidate"; then python=$candidate; break; fi
done
if [[ -z $python ]]; then
  echo 'There is no Python 3.12 or newer here, which the witness that is not ours needs.' >&2
  exit 77
fi

wanted=$({ cat scripts/witness_requirements.txt; "$python" --version; } | sha256sum | cut -c1-16)
folder=${CARGO_TARGET_DIR:-target}/witness-$wanted
if [[ ! -e $folder/complete ]]; then
  rm -rf "$folder"
  "$python" -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --requirement scripts/witness_requirements.txt >&2
  touch "$folder/complete"
fi
realpath "$folder/bin/aics-witness"
