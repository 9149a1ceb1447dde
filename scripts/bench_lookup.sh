#!/usr/bin/env bash
# Audited look-ups and searches over HTTP, on SQLite and PostgreSQL, next to pgbench running the statements of a look-up:
# scripts/bench_lookup.sh [--children N] [--rounds N] [--seconds N] [--connections N…] [--engines sqlite postgres]
# [--overload N] [--peers VENV] [--json FILE]. Asserts that every answer was 200 and left one event, and that the logs
# verify afterwards; then, with far more callers than can be served, how many are, and how long the others wait to be told.
# With --peers the applications under benches/peers are measured too; their packages come from PyPI into that folder.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v wrk >/dev/null || missing+=(wrk)
compgen -G '/usr/lib/postgresql/*/bin/pgbench' >/dev/null || command -v pgbench >/dev/null || missing+=(postgresql)
command -v python3 >/dev/null || missing+=(python3)
if ((${#missing[@]} > 0)); then
  echo "this needs Debian packages that are not installed: apt-get install ${missing[*]}" >&2
  exit 2
fi

cargo build --locked --release
binary=$(realpath "${CARGO_TARGET_DIR:-target}/release/child-index")
exec scripts/with_postgres.sh python3 benches/compare/run.py --binary "$binary" "$@"
