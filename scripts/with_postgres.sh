#!/usr/bin/env bash
# Runs a command next to a throwaway PostgreSQL with its durable defaults, with DATABASE_URL (and PGHOST, PGPORT, PGUSER,
# PGDATABASE) set: scripts/with_postgres.sh COMMAND [ARGUMENT…]
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[[ -n $bin ]] || bin=$(dirname "$(command -v initdb)")
folder=$(mktemp -d)
# PostgreSQL refuses to run as root.
as_owner=()
if [[ $(id -u) == 0 ]]; then
  owner=postgres
  id "$owner" >/dev/null 2>&1 || owner=nobody
  as_owner=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
  chown "$owner" "$folder"
fi

stop() {
  (cd / && "${as_owner[@]}" "$bin/pg_ctl" --pgdata "$folder/data" --mode immediate --silent stop) || true
  rm -rf "$folder"
}
trap stop EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(
  cd /
  "${as_owner[@]}" "$bin/initdb" --pgdata "$folder/data" --username child_index --auth trust --encoding UTF8 --no-locale >/dev/null
  "${as_owner[@]}" "$bin/pg_ctl" --pgdata "$folder/data" --silent --wait --log "$folder/log" \
    --options "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$folder" start >/dev/null
)
export PGHOST=127.0.0.1 PGPORT=$port PGUSER=child_index PGDATABASE=child_index PATH=$bin:$PATH
createdb
export DATABASE_URL=postgres://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE
"$@"
