#!/usr/bin/env bash
# Changes the policy line by line and shows which changes its unit tests do not notice. The domain looks at no other room, so
# that it is built by itself, in seconds for each change. Takes what cargo-mutants takes, such as --list or --shard 1/8.
set -euo pipefail
cd "$(dirname "$0")/.."

room=target/mutants/room
rm -rf "$room"
mkdir -p "$room/src" "$room/.cargo"
cp -r src/domain "$room/src/"
cp .cargo/mutants.toml "$room/.cargo/"
cp Cargo.lock "$room/"
# Only the policy's tests are run, so only they are built.
find "$room/src/domain" -name '*.rs' -not -path '*/policy*' -exec sed -i 's/#\[cfg(test)\]/#[cfg(any())]/' {} +
cat >"$room/src/lib.rs" <<'LIB'
//! The domain by itself.
pub mod domain;
LIB
# The crates that the domain stands on, in the versions of this package.
crates='any_ascii|aws-lc-rs|base64|chrono|chrono-tz|ct-merkle|hex|insta|proptest|rand|rphonetic|serde|serde_json|serde_path_to_error|sha2|siphasher|strsim|thiserror|tlog_tiles|unicode-normalization|uuid'
{
  sed -n '/^\[package\]/,/^$/p' Cargo.toml | grep -v default-run
  echo '[workspace]'
  echo '[dependencies]'
  sed -n '/^\[dependencies\]/,/^$/p' Cargo.toml | grep -E "^($crates) ="
  echo '[dev-dependencies]'
  sed -n '/^\[dev-dependencies\]/,/^$/p' Cargo.toml | grep -E "^($crates) ="
} >"$room/Cargo.toml"
cd "$room"
# Half as many random cases find what a change breaks, and insta must never accept it. Built again for each change, it is
# the few functions that a change touches: two seconds instead of forty.
export PROPTEST_CASES=64 INSTA_UPDATE=no CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=0
unset CARGO_TARGET_DIR
cargo mutants --output .. "$@"
