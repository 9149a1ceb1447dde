#!/usr/bin/env bash
# What look-ups suffer from slow connections, and from searches beside an auditor's export, each next to look-ups alone in the
# same minutes; with --soak MINUTES the memory held, minute by minute: scripts/bench_pressure.sh [--children N] [--rounds N]
# [--seconds N] [--connections N] [--slow N] [--soak MINUTES] [--json FILE]
set -euo pipefail
cd "$(dirname "$0")/.."

command -v wrk >/dev/null || { echo "this needs a Debian package that is not installed: apt-get install wrk" >&2; exit 2; }
# Each slow connection is a file to both sides.
ulimit -n "$(ulimit -H -n)"
cargo build --locked --release
exec python3 benches/compare/pressure.py --binary "$(realpath "${CARGO_TARGET_DIR:-target}/release/child-index")" "$@"
