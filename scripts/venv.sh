#!/usr/bin/env bash
# Makes the Python environment of the checks under target/, from scripts/requirements.txt, and prints its absolute path.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(sha256sum scripts/requirements.txt | cut -c1-16)
folder=${CARGO_TARGET_DIR:-target}/venv-$wanted
if [[ ! -e $folder/complete ]]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement scripts/requirements.txt >&2
  touch "$folder/complete"
fi
realpath "$folder"
