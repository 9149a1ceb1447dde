#!/usr/bin/env bash
# How fast children are loaded on either database, with everything they are found by, next to COPY of the same rows into
# PostgreSQL: scripts/bench_loading.sh [--children N] [--rounds N] [--json FILE]
set -euo pipefail
cd "$(dirname "$0")/.."

compgen -G '/usr/lib/postgresql/*/bin/psql' >/dev/null || command -v psql >/dev/null || {
  echo "this needs a Debian package that is not installed: apt-get install postgresql" >&2
  exit 2
}
cargo build --locked --release
exec scripts/with_postgres.sh python3 benches/compare/loading.py \
  --binary "$(realpath "${CARGO_TARGET_DIR:-target}/release/child-index")" "$@"
