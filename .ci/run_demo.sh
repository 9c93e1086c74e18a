#!/bin/bash
# `make run`: serves the example in migrations/ on a throw-away PostgreSQL server: run_demo.sh PROGRAM
#
# Ctrl-C (or SIGTERM) stops the daemon and the server and removes the server's folder; so does the daemon's own end. The
# exit status is the daemon's. $PORT is where it listens (8088); $MIGRATED_TEST_PGBIN the folder of PostgreSQL's programs.
set -eu

if [ $# != 1 ]; then
    echo "usage: $0 PROGRAM" >&2
    exit 64
fi
program=$(realpath -e "$1")
cd "$(dirname "$0")/.."

pgbin=${MIGRATED_TEST_PGBIN-$(pg_config --bindir 2>/dev/null || true)}
if [ ! -x "$pgbin/initdb" ]; then
    pgbin=$(find /usr/lib/postgresql/*/bin -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
fi
if [ ! -x "$pgbin/initdb" ]; then
    echo "PostgreSQL's initdb not found: type .ci/deps.sh test" >&2
    exit 69
fi
unset "${!PG@}" MIGRATED_TEST_PGBIN

folder=
server=
daemon=

# shellcheck disable=SC2317 # reached by the trap
clean_up() {
    trap '' INT TERM HUP
    [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null || true
    if [ -n "$server" ]; then
        kill -QUIT "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    [ -z "$folder" ] || rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

folder=$(mktemp -d /tmp/migrated-demo-XXXXXX) # in /tmp: a socket's path is at most 107 bytes
as_server=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$folder"
    as_server=(--reuid "$user" --regid "$(id -g "$user")" --clear-groups)
fi

# Own sessions: Ctrl-C goes to this script alone, which stops the daemon before the server. Should the script be killed,
# the two end with it.
(cd / && setpriv "${as_server[@]}" "$pgbin/initdb" -D "$folder/data" -U postgres -A trust --no-sync --locale=C -E UTF8 \
    >/dev/null)
setsid setpriv --pdeathsig QUIT "${as_server[@]}" "$pgbin/postgres" -D "$folder/data" -k "$folder" \
    -c listen_addresses= -c fsync=off -c logging_collector=off >"$folder/log" 2>&1 &
server=$!

tries=0
until psql -Xq -h "$folder" -U postgres -d postgres -c 'CREATE DATABASE booking' 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries = 300 ] || ! kill -0 "$server" 2>/dev/null; then
        cat "$folder/log" >&2
        exit 69
    fi
    sleep 0.1
done

url="http://127.0.0.1:${PORT:-8088}"
database_url="postgresql://postgres@/booking?host=$folder"
cat >&2 <<END
verdict   curl --fail-with-body $url/readyz
all       curl $url/status
database  psql '$database_url'
end       Ctrl-C

END

signalled=
setsid setpriv --pdeathsig TERM "$program" serve --migrations migrations --database-url "$database_url" \
    --listen "127.0.0.1:${PORT:-8088}" &
daemon=$!
trap 'signalled=1; kill -TERM "$daemon" 2>/dev/null || true' INT TERM HUP

# A signal ends `wait` early: then the status is not the daemon's yet.
while
    signalled=
    status=0
    wait "$daemon" || status=$?
    [ -n "$signalled" ]
do :; done
daemon=
exit "$status"
