#!/usr/bin/env bash
# Runs a command next to a throwaway demo on a free port, with CHILD_INDEX_DEMO (the path of its demo.json) and
# CHILD_INDEX_URL set: scripts/with_demo.sh [--release] [--children N] [--limits] COMMAND [ARGUMENT…]
# It builds the service first, unless CHILD_INDEX_BUILT names one that is built.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=debug
demo_arguments=(--no-limits)
children=300
while [[ ${1:-} == --* ]]; do
  case $1 in
    --release) profile=release ;;
    --children) children=$2; shift ;;
    --limits) demo_arguments=() ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
  shift
done

binary=${CHILD_INDEX_BUILT:-}
if [[ -z $binary ]]; then
  if [[ $profile == release ]]; then cargo build --quiet --locked --release; else cargo build --quiet --locked; fi
  binary=${CARGO_TARGET_DIR:-target}/$profile/child-index
fi

folder=$(mktemp -d)
"$binary" demo --dir "$folder/demo" --bind 127.0.0.1:0 --children "$children" "${demo_arguments[@]}" >"$folder/log" 2>&1 &
demo=$!
stop() {
  kill "$demo" 2>/dev/null || true
  wait "$demo" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT

export CHILD_INDEX_DEMO=$folder/demo/demo.json CHILD_INDEX_LOG=$folder/log CHILD_INDEX_DIR=$folder/demo CHILD_INDEX_BINARY=$binary
for _ in $(seq 600); do
  if [[ -s $CHILD_INDEX_DEMO ]]; then
    CHILD_INDEX_URL=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["url"])' "$CHILD_INDEX_DEMO")
    export CHILD_INDEX_URL
    curl --silent --fail --output /dev/null "$CHILD_INDEX_URL/health/ready" && break
  fi
  kill -0 "$demo" 2>/dev/null || break
  sleep 0.2
done
if ! curl --silent --fail --output /dev/null "${CHILD_INDEX_URL:-http://127.0.0.1:9}/health/ready"; then
  echo "the demo did not start:" >&2
  tail -40 "$folder/log" >&2
  exit 1
fi

status=0
"$@" || status=$?
if ! kill -0 "$demo" 2>/dev/null; then
  echo "the demo ended while the command ran:" >&2
  tail -40 "$folder/log" >&2
  exit 1
fi
exit "$status"
