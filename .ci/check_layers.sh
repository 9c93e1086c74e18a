#!/usr/bin/env bash
# Folders are layers; a file includes only from its own layer and those below it. The core is pure: no clock, no
# socket, no file, no log. (That it links without libpq, libuv and libmicrohttpd is seen by `make tests`.)
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A below=(
    [base]=""
    [core]="base"
    [config]="base core" [files]="base core" [db]="base core" [http]="base core" [notify]="base core"
    [flows]="base core config files db notify"
    [daemon]="base core config files db http notify flows"
    [cli]="base core config files db http notify flows daemon"
)
status=0

for file in src/*/*.[ch] include/*/*.h; do
    layer=$(basename "$(dirname "$file")")
    while IFS=: read -r line include; do
        of=${include%%/*}
        case " $layer ${below[$layer]} " in
        *" $of "*) ;;
        *)
            echo "$file:$line: $layer may not include $include"
            status=1
            ;;
        esac
    done < <(sed -nE 's/^#include "([a-z]+\/[a-z_]+\.h)"/\1/;T;=;p' "$file" | paste -d: - -)
done

for file in src/*/*.sql src/*/sql/*.sql; do
    case $file in src/db/sql/*) ;; *) [ ! -e "$file" ] || { echo "$file: SQL belongs into src/db/sql"; status=1; } ;; esac
done

impure='#include [<"](uv|libpq-fe|microhttpd|unistd|jansson|curl/|sys/|time|stdio)|(^|[^a-z_>.])(time|getenv|fopen|printf|fprintf|gettimeofday|clock_gettime|log_[a-z]+)\('
if grep -nE "$impure" src/core/*.[ch] include/core/*.h; then
    echo "the core is pure: what stands above may not be there"
    status=1
fi

banned='(^|[^a-z_])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|system|strtok|sleep|usleep)\('
if grep -nE "$banned" src/*.c src/*/*.[ch] include/*/*.h; then
    echo "banned calls stand above"
    status=1
fi
exit "$status"
