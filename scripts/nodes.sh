#!/usr/bin/env bash
# Two nodes on one PostgreSQL with a synchronous standby, behind haproxy: restarted one by one, killed at random, the primary
# lost. Fails where an answer that was given is not in the log: scripts/nodes.sh [--children N] [--callers N] [--appends N]
# [--json FILE]
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v haproxy >/dev/null || missing+=(haproxy)
compgen -G '/usr/lib/postgresql/*/bin/pg_basebackup' >/dev/null || command -v pg_basebackup >/dev/null || missing+=(postgresql)
if ((${#missing[@]} > 0)); then
  echo "this needs Debian packages that are not installed: apt-get install ${missing[*]}" >&2
  exit 2
fi
cargo build --locked --release
exec python3 benches/compare/nodes.py --binary "$(realpath "${CARGO_TARGET_DIR:-target}/release/child-index")" "$@"
