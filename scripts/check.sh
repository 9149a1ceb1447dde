#!/usr/bin/env bash
# What can be said of the code without running it: format, lints, documentation, licences.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
if command -v cargo-deny >/dev/null; then
  cargo deny --locked check licenses bans sources
else
  echo "cargo-deny is not installed: licences were not checked" >&2
fi
