#!/bin/sh
# Sees to the Debian packages that a group of make targets needs: deps.sh build|run|test|lint|bench|all
#
# All there: says nothing, needs no root, takes one dpkg-query. Something missing: root gets it installed, anybody else
# gets the line to type and exit status 1. `a|b` is satisfied by either; the first is what would be installed.
set -eu

build='gcc libc6-dev make pkgconf|pkg-config libpq-dev libmicrohttpd-dev libjansson-dev libuv1-dev nettle-dev libyaml-dev
       libcurl4-openssl-dev|libcurl4-gnutls-dev uthash-dev'
server='postgresql|postgresql-15|postgresql-16|postgresql-17|postgresql-18|postgresql-14|postgresql-13'
test='check libsubunit-dev alembic python3-django python3-psycopg2 curl pgbouncer sqitch libdbd-pg-perl'
lint='clang clang-format-14 clang-tidy cppcheck libclang-rt-14-dev valgrind libc6-dbg shellcheck'
bench='check libsubunit-dev alembic python3-psycopg2 wrk nginx-light|nginx-core|nginx-full|nginx'

case ${1-} in
build) needed=$build ;;
run) needed="$build $server" ;;
test) needed="$build $server $test" ;;
lint) needed="$build $lint" ;;
bench) needed="$build $server $bench" ;;
all) needed="$build $server $test $lint" ;;
*)
    echo "usage: $0 build|run|test|lint|bench|all" >&2
    exit 64
    ;;
esac

if ! command -v dpkg-query >/dev/null; then
    # shellcheck disable=SC2086 # words are package names
    echo "this is not Debian; what is needed is in Debian's packages:" $needed >&2
    exit 1
fi

# shellcheck disable=SC2046 # words are package names
installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' $(echo "$needed" | tr '|' ' ') 2>/dev/null |
    awk '$1 == "ii" { print $2 }')
# shellcheck disable=SC2086 # words are package names
missing=$(printf '%s\n' installed "$installed" needed $needed | awk '
    /^(installed|needed)$/ { part = $0; next }
    part == "installed"    { have[$0] = 1; next }
    {
        count = split($0, choice, "|")
        for (i = 1; i <= count && !(choice[i] in have); i++)
            ;
        if (i > count)
            print choice[1]
    }')
[ -n "$missing" ] || exit 0
missing=$(echo "$missing" | tr '\n' ' ' | sed 's/ $//')

install="apt-get install -y --no-install-recommends $missing"
if [ "$(id -u)" != 0 ]; then
    echo "packages are missing; type:" >&2
    echo "sudo apt-get update && sudo $install" >&2
    exit 1
fi

echo "installing missing packages: $missing" >&2
case " $missing " in
*' postgresql '*)
    echo "(Debian's postgresql makes a default cluster, which is not used here; it makes none where" >&2
    echo "/etc/postgresql-common/createcluster.conf says create_main_cluster = false)" >&2
    ;;
esac
case " $missing " in
*' pgbouncer '*) echo "(Debian's pgbouncer may start a pooler on port 6432, which is not used here)" >&2 ;;
esac
case " $missing " in
*' nginx-light '*) echo "(Debian's nginx may start a web server on port 80, which is not used here)" >&2 ;;
esac
export DEBIAN_FRONTEND=noninteractive
# Package lists may be absent (containers) or too old to fetch from: then once more with new ones.
$install || { apt-get update && $install; }
